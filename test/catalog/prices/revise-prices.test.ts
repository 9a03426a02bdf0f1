import { describe, expect, it } from 'vitest';
import type { ModelInput, PriceInput } from '../../../src/catalog/input.ts';
import type { CatalogModel } from '../../../src/catalog/model.ts';
import { reviseModel } from '../../../src/catalog/revise-model.ts';

const key = { providerSlug: 'acme', modelSlug: 'small' };
const usual = { contextWindowTokens: 8000, maxOutputTokens: 1000 };
const own = { inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 4 };
const december = Date.parse('2026-12-01');
const price = (more: Partial<PriceInput> = {}): PriceInput => ({ ...own, ...more });
const long = price({ aboveInputTokens: 200_000, inputUsdPerMillionTokens: 2, outputUsdPerMillionTokens: 6 });

function revised(input: Partial<ModelInput>, current: CatalogModel | null = null) {
  return reviseModel(current, { ...key, ...(current === null ? { ...usual, ...own } : {}), ...input }, 1);
}

function model(input: Partial<ModelInput>, current: CatalogModel | null = null): CatalogModel {
  const revision = revised(input, current);
  if (!revision.ok) throw new Error(JSON.stringify(revision.issues));
  return revision.value;
}

function faults(input: Partial<ModelInput>, current: CatalogModel | null = null): string[] {
  const revision = revised(input, current);
  return revision.ok ? [] : revision.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the prices of a model', () => {
  it('are its own two, as long as nothing more is told', () => {
    expect(model({})).toMatchObject({
      cachedInputMicroUsdPerMillionTokens: null,
      cacheWriteMicroUsdPerMillionTokens: null,
      prices: [],
    });
  });

  it('are kept as whole numbers, in order of day and length, whatever order they were told in', () => {
    const told = [
      price({ from: december, aboveInputTokens: 100_000 }),
      long,
      price({ from: december, cachedInputUsdPerMillionTokens: 0.29 }),
    ];
    const { prices } = model({ prices: told });
    expect(prices).toEqual(model({ prices: told.toReversed() }).prices);
    expect(prices).toMatchObject([
      { from: null, aboveInputTokens: 200_000, inputMicroUsdPerMillionTokens: 2_000_000 },
      { from: december, aboveInputTokens: 0, cachedInputMicroUsdPerMillionTokens: 290_000 },
      { from: december, aboveInputTokens: 100_000, cacheWriteMicroUsdPerMillionTokens: null },
    ]);
  });

  it('stay when they are absent and go when they are null', () => {
    const full = model({
      cachedInputUsdPerMillionTokens: 0.1,
      cacheWriteUsdPerMillionTokens: 1.25,
      prices: [{ ...long, cachedInputUsdPerMillionTokens: 0.2 }],
    });
    expect(model({}, full)).toEqual(full);
    const cleared = {
      cachedInputUsdPerMillionTokens: null,
      cacheWriteUsdPerMillionTokens: null,
      prices: null,
    };
    expect(model(cleared, full)).toEqual(model({}));
  });

  it.each<[string, Partial<ModelInput>, string]>([
    ['negative', { cacheWriteUsdPerMillionTokens: -1 }, 'cacheWriteUsdPerMillionTokens: must be a number'],
    [
      'too fine',
      { prices: [{ ...long, inputUsdPerMillionTokens: 1e-7 }] },
      'prices.0.inputUsdPerMillionTokens',
    ],
    [
      'no number',
      { prices: [{ ...long, outputUsdPerMillionTokens: NaN }] },
      'prices.0.outputUsdPerMillionTokens',
    ],
    [
      'above other input, for what a cache held',
      { cachedInputUsdPerMillionTokens: 1.01 },
      'cachedInputUsdPerMillionTokens: must be at most `inputUsdPerMillionTokens`',
    ],
    [
      'above other input, for what a cache held of a long prompt',
      { prices: [price({ from: december }), { ...long, cachedInputUsdPerMillionTokens: 2.01 }] },
      'prices.1.cachedInputUsdPerMillionTokens: must be at most `inputUsdPerMillionTokens`',
    ],
    [
      'lower for longer prompts',
      { prices: [{ ...long, outputUsdPerMillionTokens: 3.99 }] },
      'prices.0.outputUsdPerMillionTokens: must be at least what shorter prompts cost',
    ],
    [
      'lower for what a cache held of longer prompts',
      { prices: [{ ...long, cachedInputUsdPerMillionTokens: 0.5 }] },
      'prices.0.cachedInputUsdPerMillionTokens: must be at least what shorter prompts cost',
    ],
    [
      'beside the model’s own without a length',
      { prices: [price()] },
      'prices.0.aboveInputTokens: must be positive without `from`',
    ],
    [
      'dated for long prompts alone',
      { prices: [{ ...long, from: december }] },
      'prices.0.from: needs an entry with `aboveInputTokens` 0 too',
    ],
    ['told twice', { prices: [long, long] }, 'prices.1.aboveInputTokens: must not be priced twice'],
    [
      'before all time',
      { prices: [price({ from: -1 })] },
      'prices.0.from: must be an instant from 1970 to 9999',
    ],
    [
      'more than 32',
      { prices: Array.from({ length: 33 }, () => long) },
      'prices: must have at most 32 entries',
    ],
  ])('are refused where they are %s', (_, input, fault) => {
    expect(faults(input)).toEqual([expect.stringContaining(fault)]);
  });

  it('still fit together after one of them was changed, or the change is refused', () => {
    const full = model({
      cachedInputUsdPerMillionTokens: 0.5,
      prices: [{ ...long, cachedInputUsdPerMillionTokens: 1 }],
    });
    expect(faults({ inputUsdPerMillionTokens: 0.4 }, full)).toEqual([
      'cachedInputUsdPerMillionTokens: must be at most `inputUsdPerMillionTokens`',
    ]);
    expect(faults({ inputUsdPerMillionTokens: 2.5 }, full)).toEqual([
      'prices.0.inputUsdPerMillionTokens: must be at least what shorter prompts cost',
    ]);
  });
});
