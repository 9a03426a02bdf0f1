import { calcPrice, findProvider, type ModelPrice, type Provider } from '@pydantic/genai-prices';
import type { ComparedPrices, TheirModel } from './catalog-differences.ts';

/** Providers that the package calls otherwise. */
const theirIds: Readonly<Record<string, string>> = { togetherai: 'together', xai: 'x-ai' };

/** Where prices change with the time of day, each hour has one. */
const HOUR_MS = 3_600_000;

/**
 * What the price package says of a model on the day that begins at this instant (milliseconds since the epoch): the
 * price of short prompts, and of the dearest hour. It needs no network: its data come with it.
 */
export function lookUpPrices(
  providerSlug: string,
  modelSlug: string,
  dayStart: number,
): TheirModel | null | undefined {
  const provider = findProvider({ providerId: theirIds[providerSlug] ?? providerSlug });
  if (provider === undefined) return undefined;
  const hours = Array.from({ length: 24 }, (_, hour) => new Date(dayStart + hour * HOUR_MS));
  const found = hours
    .map((timestamp) => pricedAt(provider, modelSlug, timestamp))
    .filter((priced) => priced !== null);
  return found.reduce<TheirModel | null>(
    (dearest, each) => (dearest === null || (each.input ?? 0) > (dearest.input ?? 0) ? each : dearest),
    null,
  );
}

function pricedAt(provider: Provider, modelSlug: string, timestamp: Date): TheirModel | null {
  const calculation = calcPrice({ input_tokens: 1, output_tokens: 1 }, modelSlug, { provider, timestamp });
  if (calculation === null) return null;
  const { model, model_price: price } = calculation;
  return {
    id: model.id,
    contextWindowTokens: model.context_window ?? null,
    isDeprecated: model.deprecated ?? false,
    ...pricesOf(price),
  };
}

function pricesOf(price: ModelPrice): ComparedPrices {
  return {
    input: baseOf(price['input_mtok']),
    output: baseOf(price['output_mtok']),
    cachedInput: baseOf(price['cache_read_mtok']),
    cacheWrite: baseOf(price['cache_write_mtok']),
  };
}

function baseOf(price: ModelPrice[string]): number | null {
  if (price === undefined) return null;
  return typeof price === 'number' ? price : price.base;
}
