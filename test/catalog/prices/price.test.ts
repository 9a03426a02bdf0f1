import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  billMicroUsd,
  costMicroUsd,
  listAt,
  pricesFor,
  priceTable,
  type PaidTokens,
  type PriceEntry,
} from '../../../src/catalog/prices/price.ts';

const prices = (
  input: number,
  output: number,
  cached: number | null = null,
  written: number | null = null,
) => ({
  inputMicroUsdPerMillionTokens: input,
  outputMicroUsdPerMillionTokens: output,
  cachedInputMicroUsdPerMillionTokens: cached,
  cacheWriteMicroUsdPerMillionTokens: written,
});
const entry = (
  from: string | null,
  aboveInputTokens: number,
  ...rest: Parameters<typeof prices>
): PriceEntry => ({
  from: from === null ? null : Date.parse(from),
  aboveInputTokens,
  ...prices(...rest),
});
const tokens = (inputTokens: number, outputTokens = 0, more: Partial<PaidTokens> = {}): PaidTokens => ({
  inputTokens,
  outputTokens,
  ...more,
});

describe('a cost', () => {
  it('is whole micro-USD, rounded up, and nothing that has a price is free', () => {
    const model = prices(250_000, 2_000_000);
    expect(costMicroUsd(model, tokens(1000, 1000))).toBe(2250);
    expect(costMicroUsd(model, tokens(1))).toBe(1);
    expect(costMicroUsd(model, tokens(0))).toBe(0);
    expect(costMicroUsd(prices(0, 0), tokens(1e6, 1e6))).toBe(0);
  });

  it('is that of the cache for what a cache held or took, and of other input without such prices', () => {
    const used = tokens(1_000_000, 0, { cachedInputTokens: 600_000, cacheWriteTokens: 300_000 });
    expect(costMicroUsd(prices(1_000_000, 0, 100_000, 1_250_000), used)).toBe(100_000 + 60_000 + 375_000);
    expect(costMicroUsd(prices(1_000_000, 0, null, 1_250_000), used)).toBe(700_000 + 375_000);
    expect(costMicroUsd(prices(1_000_000, 0), used)).toBe(1_000_000);
    expect(costMicroUsd(prices(1_000_000, 0, 0, 0), used)).toBe(100_000);
  });
});

/** Dearer above 200 000 tokens, cheaper from December on, and dearer above 100 000 then. */
const table = priceTable({
  ...prices(1_000_000, 4_000_000, 100_000),
  prices: [
    entry('2026-12-01', 100_000, 1_500_000, 3_000_000),
    entry(null, 200_000, 2_000_000, 6_000_000, 200_000),
    entry('2026-12-01', 0, 500_000, 2_000_000),
    entry('2027-06-01', 0, 400_000, 2_000_000),
  ],
});

describe('the price in force', () => {
  it.each([
    ['1970-01-01', 0, 1_000_000],
    ['2026-11-30', 200_000, 1_000_000],
    ['2026-11-30', 200_001, 2_000_000],
    ['2026-11-30T23:59:59.999Z', 100_001, 1_000_000],
    ['2026-12-01', 100_000, 500_000],
    ['2026-12-01', 100_001, 1_500_000],
    ['2026-12-01', 10_000_000, 1_500_000],
    ['2027-06-01', 10_000_000, 400_000],
    ['9999-12-31', 0, 400_000],
  ])('is on %s, for a prompt of %i tokens, %i', (day, inputTokens, price) => {
    expect(pricesFor(listAt(table, Date.parse(day)), inputTokens).inputMicroUsdPerMillionTokens).toBe(price);
  });

  it('is that of the whole call, as long as the whole input is', () => {
    const at = Date.parse('2026-11-30');
    const cachedInputTokens = 150_000;
    expect(billMicroUsd(table, at, tokens(200_000, 1000, { cachedInputTokens }))).toBe(
      50_000 + 15_000 + 4000,
    );
    expect(billMicroUsd(table, at, tokens(250_000, 1000, { cachedInputTokens }))).toBe(
      200_000 + 30_000 + 6000,
    );
  });
});

describe('whatever the prices are, what a call costs', () => {
  const price = fc.nat(1_000_000_000);
  const some = fc.record({ input: price, output: price, share: fc.nat(100), written: fc.option(price) });
  const model = some.map(({ input, output, share, written }) =>
    prices(input, output, share === 100 ? null : Math.floor((input * share) / 100), written),
  );
  /** Lists whose steps get dearer, as the rules demand. */
  const listed = fc
    .record({ base: model, above: fc.nat(3000), times: fc.integer({ min: 1, max: 3 }) })
    .map(({ base, above, times }) => {
      const raised = (one: number | null) => (one === null ? null : one * times);
      const step = prices(
        base.inputMicroUsdPerMillionTokens * times,
        base.outputMicroUsdPerMillionTokens * times,
        raised(base.cachedInputMicroUsdPerMillionTokens),
        raised(base.cacheWriteMicroUsdPerMillionTokens),
      );
      return priceTable({ ...base, prices: [{ ...step, from: null, aboveInputTokens: above + 1 }] });
    });
  const used = fc
    .record({ fresh: fc.nat(2000), cached: fc.nat(2000), written: fc.nat(2000), output: fc.nat(2000) })
    .map(({ fresh, cached, written, output }) =>
      tokens(fresh + cached + written, output, { cachedInputTokens: cached, cacheWriteTokens: written }),
    );
  const more = fc.nat(500);

  it('is a whole number and never negative', () => {
    fc.assert(
      fc.property(listed, used, (list, one) => {
        const cost = billMicroUsd(list, 0, one);
        expect(Number.isSafeInteger(cost)).toBe(true);
        expect(cost).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is no less with more tokens of any kind', () => {
    fc.assert(
      fc.property(listed, used, more, (list, one, extra) => {
        const cost = billMicroUsd(list, 0, one);
        const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = one;
        const longer = { ...one, inputTokens: inputTokens + extra };
        for (const other of [
          { ...one, outputTokens: outputTokens + extra },
          longer,
          { ...longer, cachedInputTokens: cachedInputTokens + extra },
          { ...longer, cacheWriteTokens: cacheWriteTokens + extra },
        ]) {
          expect(billMicroUsd(list, 0, other)).toBeGreaterThanOrEqual(cost);
        }
      }),
    );
  });

  it('is no more when a cache held some of it', () => {
    fc.assert(
      fc.property(listed, fc.nat(4000), fc.nat(4000), (list, input, cached) => {
        const cachedInputTokens = Math.min(input, cached);
        expect(billMicroUsd(list, 0, tokens(input, 7, { cachedInputTokens }))).toBeLessThanOrEqual(
          billMicroUsd(list, 0, tokens(input, 7)),
        );
      }),
    );
  });
});
