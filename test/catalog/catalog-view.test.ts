import { noSettings } from '../../src/providers/adapter-settings.ts';
import { describe, expect, it } from 'vitest';
import { createCatalogView, type CatalogView } from '../../src/catalog/catalog-view.ts';
import { secretsForAnywhere } from '../support/providers/secrets.ts';
import type { CatalogModel, CatalogProvider } from '../../src/catalog/model.ts';
import { untold } from '../../src/catalog/traits.ts';

function provider(slug: string, change: Partial<CatalogProvider> = {}): CatalogProvider {
  const limits = { requestsPerMinute: null, tokensPerMinute: null, maxConcurrent: null };
  const usual = { name: slug, adapter: 'openai', baseUrl: null, credentialName: null } as const;
  return { slug, ...usual, ...noSettings, ...limits, enabled: true, archivedAt: null, ...change };
}

function model(providerSlug: string, slug: string, change: Partial<CatalogModel> = {}): CatalogModel {
  return {
    providerSlug,
    slug,
    enabled: true,
    capabilities: ['TOOLS'],
    contextWindowTokens: 8000,
    maxOutputTokens: 1000,
    reasoningTokenFloor: null,
    inputMicroUsdPerMillionTokens: 1,
    outputMicroUsdPerMillionTokens: 2,
    cachedInputMicroUsdPerMillionTokens: null,
    cacheWriteMicroUsdPerMillionTokens: null,
    prices: [],
    expectedFirstTokenMs: 800,
    expectedMicrosPerOutputToken: 12_000,
    attemptTimeoutMs: null,
    firstTokenTimeoutMs: null,
    probeIntervalMs: null,
    cacheTtlMs: null,
    embeddingSpace: null,
    maxConcurrent: null,
    ...untold,
    complianceScorePct: 90,
    ats: [],
    archivedAt: null,
    ...change,
  };
}

function viewOf(
  providers: readonly CatalogProvider[],
  models: readonly CatalogModel[],
  secrets: Readonly<Record<string, string>> = {},
): CatalogView {
  return createCatalogView({ version: 7, providers, models }, secretsForAnywhere(secrets));
}

const causes = (view: CatalogView) => view.models.map(({ key, facts }) => [key, facts.disabledCause]);

describe('the catalog’s view', () => {
  it.each([
    ['openai', 'gpt', ['TOOLS', 'VISION', 'DOCUMENTS', 'FORCED_TOOLS', 'IMAGE_URLS', 'DOCUMENT_URLS']],
    ['xai', 'grok', ['TOOLS', 'VISION', 'DOCUMENTS', 'FORCED_TOOLS', 'IMAGE_URLS', 'DOCUMENT_URLS']],
    ['amazon-bedrock', 'us.openai.gpt-oss', ['TOOLS', 'VISION', 'DOCUMENTS', 'FORCED_TOOLS']],
    [
      'amazon-bedrock',
      'eu.anthropic.claude-opus-5-5-v1:0',
      ['TOOLS', 'VISION', 'DOCUMENTS', 'STOP_SEQUENCES'],
    ],
    [
      'google',
      'gemini',
      [
        ...['TOOLS', 'VISION', 'DOCUMENTS', 'AUDIO', 'STOP_SEQUENCES', 'FORCED_TOOLS'],
        ...['IMAGE_URLS', 'DOCUMENT_URLS', 'AUDIO_URLS'],
      ],
    ],
  ] as const)(
    'lets plans count on what can be asked of a model through %s: %s',
    (adapter, slug, expected) => {
      const capabilities = [
        ...(['TOOLS', 'VISION', 'DOCUMENTS', 'AUDIO', 'STOP_SEQUENCES', 'FORCED_TOOLS'] as const),
      ];
      const view = viewOf([provider('them', { adapter })], [model('them', slug, { capabilities })]);
      expect(view.models[0]?.facts.capabilities).toEqual(expected);
      expect(view.models[0]?.model.capabilities).toEqual(capabilities);
    },
  );

  it('says why a model cannot be called, whoever asks', () => {
    const archivedAt = 1;
    const view = viewOf(
      [
        provider('gone', { archivedAt }),
        provider('keyless', { credentialName: 'ACME_API_KEY' }),
        provider('off', { enabled: false }),
        provider('on'),
      ],
      [
        model('gone', 'a'),
        model('keyless', 'a'),
        model('off', 'a'),
        model('on', 'a'),
        model('on', 'b', { enabled: false }),
        model('on', 'c', { archivedAt, enabled: false }),
      ],
    );
    expect(causes(view)).toEqual([
      ['gone/a', 'provider_archived'],
      ['keyless/a', 'no_credentials'],
      ['off/a', 'provider_disabled'],
      ['on/a', null],
      ['on/b', 'model_disabled'],
      ['on/c', 'model_archived'],
    ]);
  });

  it('lets simulated models stand in until a real one can be called', () => {
    const providers = [
      provider('real', { credentialName: 'ACME_API_KEY' }),
      provider('sim', { adapter: 'simulated' }),
    ];
    const models = [model('real', 'a'), model('sim', 'a')];
    const secrets = { ACME_API_KEY: 'secret' };
    const simulatedCause = (view: CatalogView) => view.model('sim/a')?.facts.disabledCause;
    expect(simulatedCause(viewOf(providers, models))).toBeNull();
    expect(simulatedCause(viewOf(providers, models, secrets))).toBe('stand_in');
    expect(
      simulatedCause(viewOf(providers, [model('real', 'a', { enabled: false }), model('sim', 'a')], secrets)),
    ).toBeNull();
  });

  it('gives the ATS of a task type, else the overall one, else none', () => {
    const score = { samples: 0, source: 'prior', measuredAt: 0 };
    const ats = [
      { taskType: 'code', scoreBps: 9000, ...score },
      { taskType: 'default', scoreBps: 8000, ...score },
    ];
    const view = viewOf([provider('p')], [model('p', 'judged', { ats }), model('p', 'unknown')]);
    expect(view.model('p/judged')?.atsBps('code')).toBe(9000);
    expect(view.model('p/judged')?.atsBps('chat')).toBe(8000);
    expect(view.model('p/unknown')?.atsBps('chat')).toBeNull();
  });

  it('tells whoever calls a model how it wants to be asked', () => {
    const traits = {
      efforts: ['low', 'high'],
      samplingLocked: true,
      maxTokensParameter: 'max_completion_tokens',
    } as const;
    const view = viewOf([provider('p')], [model('p', 'told', traits), model('p', 'untold')]);
    expect(view.model('p/told')?.traits).toEqual(traits);
    expect(view.model('p/untold')?.traits).toEqual(untold);
  });

  it('lists models by key across providers, whatever their slugs sort like', () => {
    const view = viewOf(
      [provider('a'), provider('a-b')],
      [model('a-b', 'x'), model('a', 'z/y'), model('a', 'Z')],
    );
    expect(view.models.map(({ key }) => key)).toEqual(['a-b/x', 'a/Z', 'a/z/y']);
  });

  it('hands the secret to the provider factory alone: nothing that is printed holds it', () => {
    const view = viewOf([provider('p', { credentialName: 'ACME_API_KEY' })], [model('p', 'm')], {
      ACME_API_KEY: 'hush',
    });
    expect(view.connection('p')).toEqual({
      slug: 'p',
      adapter: 'openai',
      baseUrl: null,
      credential: 'hush',
      settings: noSettings,
    });
    expect(view.connection('nobody')).toBeUndefined();
    expect(JSON.stringify(view)).not.toContain('hush');
  });
});
