import { describe, expect, it } from 'vitest';
import { createCatalogView } from '../../src/catalog/catalog-view.ts';
import type { CatalogModel, CatalogProvider } from '../../src/catalog/model.ts';
import type { CallRules } from '../../src/catalog/policy-refusal.ts';
import { reviseModel } from '../../src/catalog/revise-model.ts';
import { reviseProvider } from '../../src/catalog/revise-provider.ts';
import { warningsOfModel, warningsOfProvider } from '../../src/catalog/warnings.ts';
import { secretsForAnywhere } from '../support/providers/secrets.ts';

const lenient: CallRules = { allowedModels: [], deniedModels: [], complianceVetoThresholdPct: 50 };
const strict: CallRules = { ...lenient, complianceVetoThresholdPct: 95 };

function catalogOf(models: Readonly<Record<string, object>>, provider: object = {}) {
  const described = { slug: 'ollama', adapter: 'openai-compatible', baseUrl: 'http://localhost:11434/v1' };
  const owner = reviseProvider(null, { ...described, ...provider });
  const rows = Object.entries(models).map(([modelSlug, more]) => {
    const limits = { contextWindowTokens: 8000, maxOutputTokens: 1000 };
    const prices = { inputUsdPerMillionTokens: 0, outputUsdPerMillionTokens: 0 };
    return reviseModel(null, { providerSlug: 'ollama', modelSlug, ...limits, ...prices, ...more }, 1);
  });
  const valueOf = <T extends CatalogModel | CatalogProvider>(checked: { ok: boolean; value?: T }) =>
    checked.value!;
  return createCatalogView(
    { version: 1, providers: [valueOf(owner)], models: rows.map(valueOf) },
    secretsForAnywhere(),
  );
}

const nobody = (why: string) => [`no policy of this deployment would call this model: ${why}`];

describe('a model', () => {
  it.each<[string, object, readonly CallRules[], readonly string[]]>([
    ['without a score', {}, [lenient], nobody('compliance 0 below 0.50')],
    [
      'whose score is too low for all',
      { complianceScore: 0.3 },
      [strict, lenient],
      nobody('compliance 0.3 below 0.50'),
    ],
    ['that one policy would call', { complianceScore: 0.5 }, [strict, lenient], []],
    [
      'that is denied',
      { complianceScore: 1 },
      [{ ...lenient, deniedModels: ['ollama/*'] }],
      nobody('it is among the models that they deny'),
    ],
    [
      'that lists keep from some and its score from others',
      {},
      [{ ...lenient, allowedModels: ['openai/*'] }, strict],
      nobody('compliance 0 below 0.95'),
    ],
    [
      'that is switched off',
      { complianceScore: 1, enabled: false },
      [lenient],
      ['the model is switched off'],
    ],
    ['where there is no policy yet', {}, [], []],
  ])('%s is warned of accordingly', (_, more, policies, warnings) => {
    expect(warningsOfModel(catalogOf({ 'llama3.2': more }), 'ollama/llama3.2', policies)).toEqual(warnings);
  });

  it('that is said to do what cannot be asked of it is warned of by that', () => {
    const capabilities = ['TOOLS', 'STOP_SEQUENCES', 'AUDIO'];
    const models = { gpt: { complianceScore: 1, capabilities } };
    const catalog = catalogOf(models, { adapter: 'azure', baseUrl: 'https://acme.openai.azure.com' });
    expect(warningsOfModel(catalog, 'ollama/gpt', [lenient])).toEqual([
      'no call counts on AUDIO, STOP_SEQUENCES: azure cannot be asked for it of this model',
    ]);
    expect(warningsOfModel(catalogOf(models), 'ollama/gpt', [lenient])).toEqual([]);
  });

  it('whose provider has no credential is warned of by the credential’s name', () => {
    const catalog = catalogOf({ small: { complianceScore: 1 } }, { credentialName: 'OLLAMA_API_KEY' });
    const lack = ['the provider cannot be called: OLLAMA_API_KEY is neither set nor a mounted file'];
    expect(warningsOfModel(catalog, 'ollama/small', [lenient])).toEqual(lack);
    expect(warningsOfProvider(catalog, 'ollama', [lenient])).toEqual(lack);
  });
});

describe('a provider', () => {
  it.each<[string, Readonly<Record<string, object>>, readonly string[]]>([
    ['without models', {}, []],
    ['one of whose models would be called', { a: {}, b: { complianceScore: 1 } }, []],
    [
      'none of whose models would be called',
      { a: {}, b: { complianceScore: 0.1 } },
      ['no policy of this deployment would call a model of this provider: ollama/a: compliance 0 below 0.50'],
    ],
  ])('%s is warned of accordingly', (_, models, warnings) => {
    expect(warningsOfProvider(catalogOf(models), 'ollama', [lenient, lenient])).toEqual(warnings);
  });

  it('that is switched off is warned of', () => {
    expect(warningsOfProvider(catalogOf({}, { enabled: false }), 'ollama', [lenient])).toEqual([
      'the provider is switched off',
    ]);
  });
});
