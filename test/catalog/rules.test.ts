import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelInput, ProviderInput } from '../../src/catalog/input.ts';
import type { CatalogModel, CatalogProvider } from '../../src/catalog/model.ts';
import { recordAtsScore } from '../../src/catalog/revise-ats.ts';
import { reviseModel } from '../../src/catalog/revise-model.ts';
import { reviseProvider } from '../../src/catalog/revise-provider.ts';

const acme: ProviderInput = { slug: 'acme', adapter: 'openai' };
const small: ModelInput = {
  providerSlug: 'acme',
  modelSlug: 'small',
  contextWindowTokens: 8000,
  maxOutputTokens: 1000,
  inputUsdPerMillionTokens: 0.29,
  outputUsdPerMillionTokens: 1.1,
};

function provider(input: Partial<ProviderInput>, current: CatalogProvider | null = null): CatalogProvider {
  const revision = reviseProvider(current, { ...acme, ...input });
  if (!revision.ok) throw new Error(JSON.stringify(revision.issues));
  return revision.value;
}

function model(input: Partial<ModelInput>, current: CatalogModel | null = null, now = 1): CatalogModel {
  const revision = reviseModel(current, { ...(current === null ? small : key), ...input }, now);
  if (!revision.ok) throw new Error(JSON.stringify(revision.issues));
  return revision.value;
}

const key = { providerSlug: 'acme', modelSlug: 'small' };

/** The paths and messages of what is wrong, `field: message`. */
function faults(revision: ReturnType<typeof reviseProvider> | ReturnType<typeof reviseModel>): string[] {
  return revision.ok ? [] : revision.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const providerFaults = (input: object) => faults(reviseProvider(null, { ...acme, ...input }));
const modelFaults = (input: object) => faults(reviseModel(null, { ...small, ...input }, 1));

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

describe('a model', () => {
  it('keeps prices and times as exact integers and starts from the priors', () => {
    expect(model({})).toMatchObject({
      inputMicroUsdPerMillionTokens: 290_000,
      outputMicroUsdPerMillionTokens: 1_100_000,
      expectedFirstTokenMs: 800,
      expectedMicrosPerOutputToken: 12_000,
      complianceScorePct: 0,
      capabilities: [],
      ats: [],
      enabled: true,
    });
  });

  it.each([
    'contextWindowTokens',
    'maxOutputTokens',
    'inputUsdPerMillionTokens',
    'outputUsdPerMillionTokens',
  ])('needs its %s when it is new, and cannot lose it', (field) => {
    expect(modelFaults({ [field]: undefined })).toEqual([`${field}: is required`]);
    expect(modelFaults({ [field]: null })).toEqual([`${field}: cannot be empty`]);
  });

  it('takes no effort at all, or any that is tried, which are two things', () => {
    expect(model({}).efforts).toBeNull();
    expect(model({ efforts: [] }).efforts).toEqual([]);
    expect(model({}, model({ efforts: [] })).efforts).toEqual([]);
  });

  it('may be free, if that is said', () => {
    expect(
      model({ inputUsdPerMillionTokens: 0, outputUsdPerMillionTokens: 0 }).inputMicroUsdPerMillionTokens,
    ).toBe(0);
  });

  it('keeps what is absent and clears what is null', () => {
    const full = model({
      enabled: false,
      capabilities: ['REASONING', 'TOOLS', 'TOOLS'],
      reasoningTokenFloor: 128,
      expectedFirstTokenMs: 100,
      expectedMsPerOutputToken: 0.5,
      attemptTimeoutMs: 1000,
      firstTokenTimeoutMs: 500,
      probeIntervalMs: 5000,
      maxConcurrent: 3,
      efforts: ['high', 'none', 'high'],
      samplingLocked: true,
      maxTokensParameter: 'max_completion_tokens',
      complianceScore: 0.29,
      ats: [{ taskType: 'code', score: 0.8612, samples: 10, source: 'eval' }],
    });
    expect(full.capabilities).toEqual(['TOOLS', 'REASONING']);
    expect(full.efforts).toEqual(['none', 'high']);
    expect(model({}, { ...full, archivedAt: 9 }, 2)).toEqual(full);
    const cleared = {
      capabilities: null,
      reasoningTokenFloor: null,
      expectedFirstTokenMs: null,
      expectedMsPerOutputToken: null,
      attemptTimeoutMs: null,
      firstTokenTimeoutMs: null,
      probeIntervalMs: null,
      maxConcurrent: null,
      efforts: null,
      samplingLocked: null,
      maxTokensParameter: null,
      complianceScore: null,
      ats: null,
    };
    expect(model(cleared, full)).toEqual({ ...model({}), enabled: false });
  });

  it.each([
    ['modelSlug', ''],
    ['modelSlug', 'with space'],
    ['modelSlug', 'all*'],
    ['modelSlug', 'größe'],
    ['modelSlug', 'a'.repeat(201)],
    ['enabled', null],
    ['capabilities', ['FLYING']],
    ['contextWindowTokens', 0],
    ['contextWindowTokens', 100_000_001],
    ['maxOutputTokens', 1.5],
    ['maxOutputTokens', Number.NaN],
    ['inputUsdPerMillionTokens', -0.1],
    ['inputUsdPerMillionTokens', 0.0000001],
    ['outputUsdPerMillionTokens', 100_001],
    ['outputUsdPerMillionTokens', Number.POSITIVE_INFINITY],
    ['expectedFirstTokenMs', 600_001],
    ['expectedMsPerOutputToken', 0.0001],
    ['attemptTimeoutMs', 99],
    ['firstTokenTimeoutMs', 600_001],
    ['probeIntervalMs', 1],
    ['maxConcurrent', 1.5],
    ['efforts', ['low', 'extreme']],
    ['maxTokensParameter', 'max_output_tokens'],
    ['complianceScore', 0.004],
    ['complianceScore', 1.01],
  ])('refuses %s = %j', (field, value) => {
    expect(modelFaults({ [field]: value }).map((fault) => fault.split(':')[0])).toEqual([field]);
  });

  it.each(['openai/gpt-oss-120b:free', '@cf/meta/llama', 'accounts/fireworks/models/glm-5p3', 'a'])(
    'may be called %j',
    (modelSlug) => {
      expect(model({ modelSlug }).slug).toBe(modelSlug);
    },
  );

  it('has a reasoning floor exactly when it reasons, and room for an answer above it', () => {
    expect(modelFaults({ capabilities: ['REASONING'] })).toEqual([
      'reasoningTokenFloor: is required by the capability REASONING',
    ]);
    expect(modelFaults({ reasoningTokenFloor: 100 })).toEqual([
      'reasoningTokenFloor: must be null without the capability REASONING',
    ]);
    expect(modelFaults({ capabilities: ['REASONING'], reasoningTokenFloor: 1000 })).toHaveLength(1);
    expect(model({ capabilities: ['REASONING'], reasoningTokenFloor: 999 }).reasoningTokenFloor).toBe(999);
  });

  it('names every fault of its scores by place', () => {
    const ats = [
      { taskType: 'Code', score: 0.5 },
      { taskType: 'chat', score: 1.1, samples: -1, source: '' },
      { taskType: 'chat', score: 0.12345 },
      { taskType: 'default', score: 0.5 },
      { taskType: 'default', score: 0.6 },
    ];
    expect(modelFaults({ ats }).map((fault) => fault.split(':')[0])).toEqual([
      'ats.0.taskType',
      'ats.1.score',
      'ats.1.samples',
      'ats.1.source',
      'ats.2.score',
      'ats.4.taskType',
    ]);
  });

  it('has at most a hundred scores, however they come', () => {
    const ats = Array.from({ length: 100 }, (_, index) => ({ taskType: `task-${index}`, score: 0.5 }));
    const full = model({ ats }).ats;
    const one = (taskType: string) => recordAtsScore(full, { taskType, score: 1 }, 2);
    expect(modelFaults({ ats: [...ats, { taskType: 'one-more', score: 0.5 }] })).toHaveLength(1);
    expect(one('one-more')).toMatchObject({ ok: false, issues: [{ path: ['taskType'] }] });
    expect(one('task-7').ok).toBe(true);
  });

  it('keeps the instant of a score that says nothing new', () => {
    const first = model({ ats: [{ taskType: 'default', score: 0.5 }] }, null, 100);
    const ats = [
      { taskType: 'default', score: 0.5 },
      { taskType: 'code', score: 0.6 },
    ];
    expect(model({ ats }, first, 200).ats.map((score) => [score.taskType, score.measuredAt])).toEqual([
      ['code', 200],
      ['default', 100],
    ]);
  });

  it('stores every price that can be written with six decimals exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000_000 }), (microUsd) => {
        const priced = model({ inputUsdPerMillionTokens: Number((microUsd / 1e6).toFixed(6)) });
        expect(priced.inputMicroUsdPerMillionTokens).toBe(microUsd);
      }),
    );
  });
});
