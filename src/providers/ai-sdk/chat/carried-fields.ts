import type { JsonObject } from '../../../system/json.ts';
import type { ProviderRequest } from '../../provider.ts';
import type { Dialect } from '../dialect.ts';

type Fetch = typeof globalThis.fetch;

/** By which a request brings fields for its body past an SDK that knows none of them. Never leaves us. */
const CARRIER = 'x-switchyard-fields';

/** Who speaks another dialect than Chat Completions, or whose package knows the name by itself. */
const otherwise: ReadonlySet<Dialect['optionsOwner']> = new Set([
  ...(['anthropic', 'azure', 'cohere', 'google', 'googleVertex', 'openai', 'xai'] as const),
]);

/**
 * What brings to `withCarriedFields` that which an SDK's package of its own would drop: a caller's options for the
 * provider that it does not word itself, the name of the output budget that the catalog tells, and what was `decided`
 * in the API's own words.
 */
export function carriedOf(
  { providerOptions = {}, traits, outputBudgetTokens }: ProviderRequest,
  { ownOptions, optionsOwner }: Pick<Dialect, 'ownOptions' | 'optionsOwner'>,
  decided: JsonObject,
): { readonly headers?: Record<string, string> } {
  if (ownOptions === null) return {};
  const unknown = Object.entries(providerOptions).filter(([name]) => !ownOptions.has(name));
  const fields = {
    ...Object.fromEntries(unknown),
    // What is not Chat Completions has one name for it.
    ...(!otherwise.has(optionsOwner) &&
      traits?.maxTokensParameter === 'max_completion_tokens' && {
        max_completion_tokens: outputBudgetTokens,
      }),
    ...decided,
  };
  if (Object.keys(fields).length === 0) return {};
  return { headers: { [CARRIER]: encodeURIComponent(JSON.stringify(fields)) } };
}

/** A fetch that puts carried fields into the body. What the SDK has put there itself stays, but the old name of a budget. */
export function withCarriedFields(fetch: Fetch): Fetch {
  return async (input, init) => {
    const { [CARRIER]: carried, ...headers } = (init?.headers ?? {}) as Record<string, string>;
    if (carried === undefined) return await fetch(input, init);
    const fields = JSON.parse(decodeURIComponent(carried)) as JsonObject;
    const { max_tokens: budget, ...rest } = JSON.parse(init?.body as string) as JsonObject;
    const named = 'max_completion_tokens' in fields || budget === undefined ? {} : { max_tokens: budget };
    return await fetch(input, { ...init, headers, body: JSON.stringify({ ...fields, ...rest, ...named }) });
  };
}
