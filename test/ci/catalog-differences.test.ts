import { describe, expect, it } from 'vitest';
import { differencesOf, tableOf, type OurModel, type TheirModel } from '../../.ci/catalog-differences.ts';
import { lookUpPrices } from '../../.ci/price-package.ts';

const ours: OurModel = {
  ...{ providerSlug: 'acme', modelSlug: 'small-2', contextWindowTokens: 8000 },
  ...{ input: 1, output: 2, cachedInput: 0.1, cacheWrite: null },
};
const theirs: TheirModel = { ...ours, id: 'small-2', isDeprecated: false };

describe('the comparison with the price package', () => {
  it.each<[string, TheirModel | null | undefined, readonly string[]]>([
    ['nothing where both say the same', theirs, []],
    ['a provider that it does not know', undefined, ['provider: acme, not known']],
    ['a model that it does not know', null, ['model: small-2, not known']],
    ['a model that is deprecated', { ...theirs, isDeprecated: true }, ['model: in use, deprecated']],
    [
      'each price, and what only one of them tells',
      { ...theirs, input: 3, output: 4, cachedInput: null, cacheWrite: 5 },
      ['input: 1, 3', 'output: 2, 4', 'cached input: 0.1, –', 'cache write: –, 5'],
    ],
    ['the window', { ...theirs, contextWindowTokens: 4000 }, ['window: 8000, 4000']],
    ['for what it took the model', { ...theirs, id: 'small', input: 9 }, ['input: 1, 9 (as small)']],
  ])('tells %s', (_, found, told) => {
    const differences = differencesOf([ours], () => found);
    expect(differences.map(({ what, catalog, prices }) => `${what}: ${catalog}, ${prices}`)).toEqual(told);
    expect(differences.every(({ model }) => model === 'acme/small-2')).toBe(true);
  });

  it('is a table with aligned columns', () => {
    const [header, row] = tableOf(differencesOf([ours], () => ({ ...theirs, input: 3 }))).split('\n');
    expect(header).toBe('model         what   catalog  price package');
    expect(row).toBe('acme/small-2  input  1        3');
    expect(tableOf([])).toBe('The catalog and the price package say the same.');
  });
});

describe('the price package', () => {
  const day = Date.UTC(2026, 10, 28);

  it('tells the base of stepped prices, and what caches cost', () => {
    expect(lookUpPrices('openai', 'gpt-6-astra', day)).toEqual({
      ...{ id: 'gpt-6-astra', contextWindowTokens: 1_050_000, isDeprecated: false },
      ...{ input: 10, output: 50, cachedInput: 1, cacheWrite: 12.5 },
    });
  });

  it('tells the dearest hour of a day', () => {
    expect(lookUpPrices('deepseek', 'deepseek-v4-pro', day)).toMatchObject({ input: 1.32, output: 3.96 });
  });

  it('knows providers by its own names, and says what it does not know', () => {
    expect(lookUpPrices('xai', 'grok-4.6', day)).toMatchObject({ id: 'grok-4.6' });
    expect(lookUpPrices('openai', 'nobody-9', day)).toBeNull();
    expect(lookUpPrices('nobody', 'gpt-5-mini', day)).toBeUndefined();
  });
});
