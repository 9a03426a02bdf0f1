import { noSettings } from '../../src/providers/adapter-settings.ts';
import { describe, expect, it } from 'vitest';
import { parseCatalogFile } from '../../src/catalog/source/catalog-file.ts';
import { createCatalogView } from '../../src/catalog/catalog-view.ts';
import {
  checkCredentialUse,
  createCredentialHosts,
  type CredentialUse,
} from '../../src/catalog/credential-hosts.ts';
import type { CatalogProvider } from '../../src/catalog/model.ts';
import { parseCredentialHosts } from '../../src/config/credential-hosts.ts';
import { requireSound } from '../../src/system/input/reader.ts';

const file = requireSound(
  parseCatalogFile(
    `providers:
      - { slug: openai, adapter: openai, credentialName: OPENAI_API_KEY }
      - { slug: acme, adapter: openai-compatible, baseUrl: "http://10.0.0.7:8000/v1", credentialName: ACME_API_KEY }
      - { slug: somewhere, adapter: openai-compatible, credentialName: NOWHERE_API_KEY }`,
    'catalog-file',
  ),
);
const described = file.providers.map(({ provider }) => provider);
const hosts = createCredentialHosts(
  described,
  parseCredentialHosts('LISTED_KEY=api.Listed.example.,b.example:8443,bücher.example,[::1]') ?? new Map(),
);

const compatible = (credentialName: string, baseUrl: string): CredentialUse => ({
  adapter: 'openai-compatible',
  baseUrl,
  credentialName,
});

describe('a credential may be sent', () => {
  it.each([
    ['to its adapter’s home', { adapter: 'openai', baseUrl: null, credentialName: 'OPENAI_API_KEY' }],
    ['to the same host in another spelling', compatible('OPENAI_API_KEY', 'HTTPS://API.OpenAI.com.:443/v1')],
    ['by another path and adapter', compatible('OPENAI_API_KEY', 'https://api.openai.com/other')],
    ['to the address of the catalog’s provider', compatible('ACME_API_KEY', 'http://10.0.0.7:8000')],
    ['to a listed host, whatever its port', compatible('LISTED_KEY', 'http://api.listed.example:81')],
    ['to a listed host and port', compatible('LISTED_KEY', 'https://b.example:8443/v1')],
    ['to a host in another script', compatible('LISTED_KEY', 'https://xn--bcher-kva.example')],
    ['to an IPv6 address in another spelling', compatible('LISTED_KEY', 'http://[0:0:0:0:0:0:0:1]:9')],
    [
      'to nobody, for a simulated provider',
      { adapter: 'simulated', baseUrl: null, credentialName: 'ACME_API_KEY' },
    ],
  ] as const)('%s', (_, use) => {
    expect(checkCredentialUse(use, hosts)).toBeUndefined();
  });

  it.each([
    ['to another host', compatible('OPENAI_API_KEY', 'https://evil.example/v1')],
    ['to another provider’s host', compatible('ACME_API_KEY', 'https://api.openai.com/v1')],
    ['to a host that only begins so', compatible('OPENAI_API_KEY', 'https://api.openai.com.evil.example')],
    ['to a host that only ends so', compatible('OPENAI_API_KEY', 'https://evil-api.openai.com')],
    ['in clear where it was not', compatible('OPENAI_API_KEY', 'http://api.openai.com/v1')],
    ['in clear to the port of TLS', compatible('OPENAI_API_KEY', 'http://api.openai.com:443/v1')],
    ['to another port of a catalog’s host', compatible('ACME_API_KEY', 'http://10.0.0.7:8001/v1')],
    ['to another port than the listed one', compatible('LISTED_KEY', 'https://b.example/v1')],
    [
      'to the home of another adapter',
      { adapter: 'mistral', baseUrl: null, credentialName: 'OPENAI_API_KEY' },
    ],
    [
      'where the file gives it no place',
      { adapter: 'openai', baseUrl: null, credentialName: 'NOWHERE_API_KEY' },
    ],
    ['by a URL whose host is a user', compatible('OPENAI_API_KEY', 'https://api.openai.com@evil.example/v1')],
  ] as const)('never %s', (_, use) => {
    expect(checkCredentialUse(use, hosts)).toContain('a host that it is not for');
  });

  it.each(['PATH', 'ANTHROPIC_API_KEY', 'HOME', 'constructor', '__proto__'])(
    'never when nobody has named it: %s',
    (name) => {
      expect(checkCredentialUse(compatible(name, 'https://api.openai.com/v1'), hosts)).toMatch(
        /^must be a credential that the operator has named/,
      );
      expect(
        checkCredentialUse({ adapter: 'simulated', baseUrl: null, credentialName: name }, hosts),
      ).toBeDefined();
    },
  );
});

describe('a provider that was stored before the rule', () => {
  const stored: CatalogProvider = {
    ...{ slug: 'evil', name: 'evil', ...compatible('OPENAI_API_KEY', 'https://evil.example/v1') },
    ...noSettings,
    ...{
      enabled: true,
      requestsPerMinute: null,
      tokensPerMinute: null,
      maxConcurrent: null,
      archivedAt: null,
    },
  };

  it('is not called, and does not show whether its credential exists', () => {
    const credentials = { get: () => 'sk-secret' };
    const view = createCatalogView(
      { version: 1, providers: [stored], models: [] },
      { credentials, hosts: createCredentialHosts(described, new Map()) },
    );
    expect(view.connection('evil')).toBeUndefined();
    expect(view.provider('evil')).toMatchObject({ hasCredentials: false, isCredentialBound: false });
  });
});

describe('the list of hosts', () => {
  it.each([
    'A_KEY=a.example;B_KEY=b.example',
    'A_KEY=a.example B_KEY=b.example',
    'A_KEY=a.example,B_KEY=b.example',
    ' A_KEY=a.example ,\n B_KEY=b.example; ',
  ])('may be written as %j', (text) => {
    expect([...(parseCredentialHosts(text) ?? [])].map(([name, [first]]) => [name, first?.host])).toEqual([
      ['A_KEY', 'a.example'],
      ['B_KEY', 'b.example'],
    ]);
  });

  it.each([
    '=',
    'A_KEY',
    'A_KEY=',
    '=a.example',
    'a.example',
    'A_KEY=https://a.example',
    'A_KEY=a.example/v1',
    'A_KEY=*.example',
    'A_KEY=*',
    'A_KEY=a.example:99999',
    'A_KEY=user@a.example',
    'A_KEY=a=b',
    'SWITCHYARD_ADMIN_KEY=a.example',
    'DATABASE_URL=a.example',
    'sk-proj-1=a.example',
    'A_KEY=a.example;;B_KEY',
  ])('may not be %j', (text) => {
    expect(parseCredentialHosts(text)).toBeUndefined();
  });
});
