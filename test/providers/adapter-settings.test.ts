import { describe, expect, it } from 'vitest';
import { reviseProvider } from '../../src/catalog/revise-provider.ts';
import { baseUrlOf, destinationOf } from '../../src/providers/base-url.ts';
import { createCredentialHosts } from '../../src/catalog/credential-hosts.ts';

const bedrock = { slug: 'them', adapter: 'amazon-bedrock', region: 'eu-central-1' };
const vertex = { slug: 'them', adapter: 'google-vertex', project: 'acme-ai', region: 'europe-west4' };
const azure = { slug: 'them', adapter: 'azure', baseUrl: 'https://acme.openai.azure.com' };

describe('a provider of a cloud', () => {
  it.each([bedrock, vertex, azure, { ...azure, apiVersion: '2024-10-21' }])(
    'is taken with what its adapter needs: $adapter',
    (input) => {
      expect(reviseProvider(null, input)).toMatchObject({ ok: true, value: input });
    },
  );

  it.each([
    ['region', { ...bedrock, region: null }],
    ['region', { ...vertex, region: null }],
    ['project', { ...vertex, project: null }],
    ['baseUrl', { ...azure, baseUrl: null }],
    ['region', { ...azure, region: 'eu-central-1' }],
    ['project', { ...bedrock, project: 'acme-ai' }],
    ['apiVersion', { slug: 'them', adapter: 'openai', apiVersion: 'v1' }],
    ['region', { ...bedrock, region: 'evil.example/' }],
    ['region', { ...bedrock, region: 'eu-central-1@evil' }],
    ['project', { ...vertex, project: '../..' }],
    ['apiVersion', { ...azure, apiVersion: '2024-10-21&x=1' }],
  ])('is refused by the name of the field %s', (field, input) => {
    const result = reviseProvider(null, input);
    expect(result.ok ? [] : result.issues.map(({ path }) => path)).toEqual([[field]]);
  });

  it.each([
    ['https://bedrock-runtime.eu-central-1.amazonaws.com', bedrock],
    ['https://bedrock-runtime.cn-north-1.amazonaws.com.cn', { ...bedrock, region: 'cn-north-1' }],
    ['https://europe-west4-aiplatform.googleapis.com/v1beta1', vertex],
    ['https://aiplatform.googleapis.com/v1beta1', { ...vertex, region: 'global' }],
    ['https://aiplatform.eu.rep.googleapis.com/v1beta1', { ...vertex, region: 'eu' }],
  ])('is at %s', (address, provider) => {
    expect(baseUrlOf({ baseUrl: null, ...provider })).toBe(address);
  });

  it('has its credential bound to the host of its region', () => {
    const hosts = createCredentialHosts([{ ...bedrock, credentialName: 'BEDROCK_KEY' }], new Map());
    const use = {
      ...bedrock,
      adapter: 'amazon-bedrock',
      baseUrl: null,
      credentialName: 'BEDROCK_KEY',
    } as const;
    expect(hosts.isBound(use)).toBe(true);
    expect(hosts.isBound({ ...use, region: 'us-east-1' })).toBe(false);
    expect(hosts.isBound({ ...use, baseUrl: 'https://evil.example' })).toBe(false);
    expect(destinationOf(use)?.host).toBe('bedrock-runtime.eu-central-1.amazonaws.com');
  });
});
