import type { InputReader } from '../../system/input/reader.ts';
import { decimal, integer, type Rule } from '../../system/input/rules.ts';
import { MAX_PRICES_PER_MODEL, MAX_TOKENS, MAX_USD_PER_MILLION_TOKENS } from '../bounds.ts';
import type { ModelInput, PriceInput } from '../input.ts';
import { priceTable, type PriceEntry, type PriceList, type TokenPrices } from './price.ts';

/** USD per million tokens, as a catalog keeps them. */
const priceRule = decimal(MAX_USD_PER_MILLION_TOKENS, 6);

/** The latest instant that RFC 3339 can write. */
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const fromRule: Rule<number, number> = {
  read: (value) => integer(0, LAST_INSTANT).read(value),
  message: 'must be an instant from 1970 to 9999',
};
const aboveRule = integer(0, MAX_TOKENS);

/** All prices of a model. */
export interface ModelPrices extends Required<TokenPrices> {
  readonly prices: readonly PriceEntry[];
}

/** The prices that an input makes of the present ones (null: there are none yet, and both must be given). */
export function revisePrices(current: ModelPrices | null, input: InputReader<ModelInput>): ModelPrices {
  const { prices } = input.raw;
  return {
    inputMicroUsdPerMillionTokens: input.kept(
      'inputUsdPerMillionTokens',
      priceRule,
      current?.inputMicroUsdPerMillionTokens,
    ),
    outputMicroUsdPerMillionTokens: input.kept(
      'outputUsdPerMillionTokens',
      priceRule,
      current?.outputMicroUsdPerMillionTokens,
    ),
    cachedInputMicroUsdPerMillionTokens: input.nullable(
      'cachedInputUsdPerMillionTokens',
      priceRule,
      current?.cachedInputMicroUsdPerMillionTokens,
    ),
    cacheWriteMicroUsdPerMillionTokens: input.nullable(
      'cacheWriteUsdPerMillionTokens',
      priceRule,
      current?.cacheWriteMicroUsdPerMillionTokens,
    ),
    prices: prices === undefined ? (current?.prices ?? []) : readPrices(input.within(prices ?? [], 'prices')),
  };
}

/** The prices that replace those beside a model's own, in the one order in which they are kept and compared. */
function readPrices(list: InputReader<readonly PriceInput[]>): readonly PriceEntry[] {
  if (list.raw.length > MAX_PRICES_PER_MODEL) {
    list.refuse(`must have at most ${MAX_PRICES_PER_MODEL} entries`);
    return [];
  }
  const entries = list.raw.map((raw, index) => readPrice(list.within(raw, index)));
  entries.forEach((entry, index) => {
    const isFirst = entries.findIndex((other) => compare(other, entry) === 0) === index;
    if (!isFirst) list.refuse('must not be priced twice from one day on', index, 'aboveInputTokens');
  });
  return entries.toSorted(compare);
}

function readPrice(input: InputReader<PriceInput>): PriceEntry {
  return {
    from: input.nullable('from', fromRule),
    aboveInputTokens: input.kept('aboveInputTokens', aboveRule, 0, 0),
    inputMicroUsdPerMillionTokens: input.required('inputUsdPerMillionTokens', priceRule),
    outputMicroUsdPerMillionTokens: input.required('outputUsdPerMillionTokens', priceRule),
    cachedInputMicroUsdPerMillionTokens: input.nullable('cachedInputUsdPerMillionTokens', priceRule),
    cacheWriteMicroUsdPerMillionTokens: input.nullable('cacheWriteUsdPerMillionTokens', priceRule),
  };
}

/** By instant, then by length. */
function compare(one: PriceEntry, other: PriceEntry): number {
  const [from, otherFrom] = [one.from ?? -1, other.from ?? -1];
  return from - otherFrom || one.aboveInputTokens - other.aboveInputTokens;
}

/**
 * Says what is wrong with a model's prices as a whole. Each list has a price for every prompt, what a cache held costs
 * no more than other input, and a longer prompt no less: so no estimate is above a bound that a shorter one passes.
 */
export function checkPrices(model: ModelPrices, input: InputReader<ModelInput>): void {
  const refuse = (entry: PriceEntry | undefined, field: keyof PriceInput, message: string) =>
    input.refuse(message, ...placeOf(input.raw, model, entry), field);
  for (const entry of model.prices) {
    const isFirst = entry.aboveInputTokens === 0;
    if (isFirst && entry.from === null) {
      refuse(
        entry,
        'aboveInputTokens',
        'must be positive without `from`: short prompts have the model’s own prices',
      );
    }
    const hasFirst = model.prices.some(
      ({ from, aboveInputTokens }) => from === entry.from && aboveInputTokens === 0,
    );
    if (entry.from !== null && !hasFirst) {
      refuse(
        entry,
        'from',
        'needs an entry with `aboveInputTokens` 0 too: it replaces all prices from before',
      );
    }
  }
  for (const { from, list } of priceTable(model)) {
    const entryOf = (above: number) =>
      model.prices.find((entry) => (entry.from ?? -Infinity) === from && entry.aboveInputTokens === above);
    list.forEach((step, index) => {
      const entry = entryOf(step.aboveInputTokens);
      const { inputMicroUsdPerMillionTokens: input, cachedInputMicroUsdPerMillionTokens: cached } = step;
      if (cached !== null && cached > input) {
        refuse(entry, 'cachedInputUsdPerMillionTokens', 'must be at most `inputUsdPerMillionTokens`');
      }
      for (const field of cheaperIn(list, index)) {
        refuse(entry, field, 'must be at least what shorter prompts cost');
      }
    });
  }
}

/** Where a price stands: with the model's own, or in the list that was given, else in the one that is kept. */
function placeOf(
  { prices: given }: ModelInput,
  { prices }: ModelPrices,
  entry: PriceEntry | undefined,
): readonly (string | number)[] {
  if (entry === undefined) return [];
  const { from, aboveInputTokens } = entry;
  const index = given?.findIndex(
    (price) => (price.from ?? null) === from && (price.aboveInputTokens ?? 0) === aboveInputTokens,
  );
  return ['prices', index ?? prices.indexOf(entry)];
}

/** The prices of a step that are below those of the step before. */
function cheaperIn(list: PriceList, index: number): readonly (keyof PriceInput)[] {
  const [before, step] = [list[index - 1], list[index]];
  if (before === undefined || step === undefined) return [];
  const [were, are] = [inFull(before), inFull(step)];
  const cheaper = pricedFields.filter((_, place) => (are[place] ?? 0) < (were[place] ?? 0));
  // What is not told is as other input is, which then says it all.
  return cheaper[0] === 'inputUsdPerMillionTokens'
    ? cheaper.filter((field) => !isUntold(step, field))
    : cheaper;
}

const pricedFields = [
  'inputUsdPerMillionTokens',
  'outputUsdPerMillionTokens',
  'cachedInputUsdPerMillionTokens',
  'cacheWriteUsdPerMillionTokens',
] as const satisfies readonly (keyof PriceInput)[];

function isUntold(step: TokenPrices, field: keyof PriceInput): boolean {
  if (field === 'cachedInputUsdPerMillionTokens') return step.cachedInputMicroUsdPerMillionTokens === null;
  return field === 'cacheWriteUsdPerMillionTokens' && step.cacheWriteMicroUsdPerMillionTokens === null;
}

/** In the order of the fields. */
function inFull(prices: TokenPrices): readonly number[] {
  const input = prices.inputMicroUsdPerMillionTokens;
  return [
    input,
    prices.outputMicroUsdPerMillionTokens,
    prices.cachedInputMicroUsdPerMillionTokens ?? input,
    prices.cacheWriteMicroUsdPerMillionTokens ?? input,
  ];
}
