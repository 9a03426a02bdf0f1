import type { TokenUsage } from '../../providers/provider.ts';
import { fromScaledInteger } from '../../system/input/decimal.ts';

/** What a model's tokens cost, integer micro-USD per million: 250000 is 0.25 USD per million. */
export interface TokenPrices {
  readonly inputMicroUsdPerMillionTokens: number;
  readonly outputMicroUsdPerMillionTokens: number;
  /** Of input that the provider's cache held, never above other input; null or absent: as other input. */
  readonly cachedInputMicroUsdPerMillionTokens?: number | null;
  /** Of input that the provider's cache took; null or absent: as other input. */
  readonly cacheWriteMicroUsdPerMillionTokens?: number | null;
}

/** Prices of one kind of call, as the catalog keeps them beside a model's own: null where there is none. */
export interface PriceEntry extends Required<TokenPrices> {
  /** Milliseconds since the epoch from when on the list holds that this is part of; null: from the beginning. */
  readonly from: number | null;
  /** For the whole of a call whose input is more than this. */
  readonly aboveInputTokens: number;
}

/** A price list: a step for each length of prompt, the first for all, none cheaper than the one before. */
export type PriceList = readonly PriceStep[];

type PriceStep = Omit<PriceEntry, 'from'>;

/** A model's price lists, each in force from its instant until the next one's; the first has always been. */
export type PriceTable = readonly {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly list: PriceList;
}[];

/** Every price that a model has, in the order in which they come to hold. */
export function priceTable(
  model: Required<TokenPrices> & { readonly prices: readonly PriceEntry[] },
): PriceTable {
  const { prices } = model;
  const own: PriceEntry = { ...pricesOf(model), from: null, aboveInputTokens: 0 };
  const entries = [own, ...prices].map(({ from, ...step }) => ({ from: from ?? -Infinity, step }));
  const dates = [...new Set(entries.map(({ from }) => from))].sort((a, b) => a - b);
  return dates.map((from) => ({
    from,
    list: entries
      .filter((entry) => entry.from === from)
      .map(({ step }) => step)
      .sort((a, b) => a.aboveInputTokens - b.aboveInputTokens),
  }));
}

/** The list in force at an instant, milliseconds since the epoch. */
export function listAt(table: PriceTable, at: number): PriceList {
  return (table.findLast(({ from }) => from <= at) ?? table[0])?.list ?? [];
}

/** What the tokens of a call cost whose input has this length. */
export function pricesFor(list: PriceList, inputTokens: number): TokenPrices {
  const step = list.findLast(({ aboveInputTokens }) => aboveInputTokens < inputTokens) ?? list[0];
  if (step === undefined) throw new Error('A price list has a step for every prompt');
  return step;
}

/** Tokens to be paid for. */
export type PaidTokens = Pick<
  TokenUsage,
  'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'cacheWriteTokens'
>;

/** What a call of these tokens costs that began at this instant: integer micro-USD, rounded up. */
export function billMicroUsd(table: PriceTable, at: number, tokens: PaidTokens): number {
  return costMicroUsd(pricesFor(listAt(table, at), tokens.inputTokens), tokens);
}

/** Integer micro-USD, rounded up: nothing that has a price is ever estimated or billed as free. */
export function costMicroUsd(prices: TokenPrices, tokens: PaidTokens): number {
  const { inputMicroUsdPerMillionTokens: inputPrice, outputMicroUsdPerMillionTokens: outputPrice } = prices;
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = tokens;
  const fresh = (inputTokens - cachedInputTokens - cacheWriteTokens) * inputPrice;
  const cached = cachedInputTokens * (prices.cachedInputMicroUsdPerMillionTokens ?? inputPrice);
  const written = cacheWriteTokens * (prices.cacheWriteMicroUsdPerMillionTokens ?? inputPrice);
  const cost = Math.ceil((fresh + cached + written + outputTokens * outputPrice) / 1_000_000);
  // What is recorded can be no more.
  return Math.min(cost, Number.MAX_SAFE_INTEGER);
}

/** Only the prices of something that has more. */
export function pricesOf(prices: Required<TokenPrices>): Required<TokenPrices> {
  return {
    inputMicroUsdPerMillionTokens: prices.inputMicroUsdPerMillionTokens,
    outputMicroUsdPerMillionTokens: prices.outputMicroUsdPerMillionTokens,
    cachedInputMicroUsdPerMillionTokens: prices.cachedInputMicroUsdPerMillionTokens,
    cacheWriteMicroUsdPerMillionTokens: prices.cacheWriteMicroUsdPerMillionTokens,
  };
}

/** A price of which there may be none, in USD. */
export function usdOf(microUsd: number | null): number | null {
  return microUsd === null ? null : fromScaledInteger(microUsd, 6);
}
