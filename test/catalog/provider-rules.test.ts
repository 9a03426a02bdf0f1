import { describe, expect, it } from 'vitest';
import { reviseProvider } from '../../src/catalog/revise-provider.ts';
import { faults, provider, providerFaults } from './revised.ts';

describe('a provider', () => {
  it('needs only a slug and an adapter', () => {
    expect(provider({})).toEqual({
      slug: 'acme',
      name: 'acme',
      region: null,
      apiVersion: null,
      project: null,
      adapter: 'openai',
      baseUrl: null,
      credentialName: null,
      enabled: true,
      requestsPerMinute: null,
      tokensPerMinute: null,
      maxConcurrent: null,
      archivedAt: null,
    });
  });

  it('keeps what is absent, clears what is null, and comes back from the archive', () => {
    const full = provider({
      name: 'Acme',
      baseUrl: 'https://api.example.com/v1',
      credentialName: 'ACME_API_KEY',
      enabled: false,
      requestsPerMinute: 60,
      tokensPerMinute: 1000,
      maxConcurrent: 20,
    });
    expect(provider({}, { ...full, archivedAt: 5 })).toEqual(full);
    expect(
      provider(
        {
          baseUrl: null,
          credentialName: null,
          requestsPerMinute: null,
          tokensPerMinute: null,
          maxConcurrent: null,
        },
        full,
      ),
    ).toEqual({ ...provider({}), name: 'Acme', enabled: false });
  });

  it.each([
    ['slug', ''],
    ['slug', 'Acme'],
    ['slug', '-acme'],
    ['slug', 'ac/me'],
    ['slug', 'a'.repeat(64)],
    ['slug', 'acme\n'],
    ['name', null],
    ['name', ' '],
    ['name', 'a\u0000b'],
    ['adapter', 'telepathy'],
    ['enabled', null],
    ['maxConcurrent', 0],
    ['maxConcurrent', 1_000_001],
    ['requestsPerMinute', 0],
    ['requestsPerMinute', 1.5],
    ['tokensPerMinute', 2 ** 31],
    ['baseUrl', 'ftp://example.com'],
    ['baseUrl', 'http://169.254.169.254/latest'],
  ])('refuses %s = %j', (field, value) => {
    expect(providerFaults({ [field]: value }).map((fault) => fault.split(':')[0])).toEqual([field]);
  });

  it('needs a base URL when its adapter has none of its own, also when only the adapter changes', () => {
    expect(providerFaults({ adapter: 'openai-compatible' })).toHaveLength(1);
    expect(faults(reviseProvider(provider({}), { slug: 'acme', adapter: 'openai-compatible' }))).toHaveLength(
      1,
    );
  });

  it.each([
    'sk-proj-abc123',
    'lower_case',
    'A',
    'AB',
    'DATABASE_URL',
    'SWITCHYARD_ADMIN_KEY',
    'A'.repeat(65),
    'A B',
  ])('never takes or repeats %j as the name of a credential', (pasted) => {
    const [fault = ''] = providerFaults({ credentialName: pasted });
    expect(fault).toMatch(/^credentialName: must be the name of an environment variable/);
    if (pasted.length > 2) expect(fault.replace('SWITCHYARD_…', '')).not.toContain(pasted);
  });

  it('repeats no value in any refusal, because people paste secrets into the wrong field', () => {
    const secret = 'sk-live-0123456789 ';
    const fields = ['slug', 'adapter', 'baseUrl', 'credentialName'] as const;
    for (const field of fields) expect(providerFaults({ [field]: secret }).join()).not.toContain('sk-live');
  });
});
