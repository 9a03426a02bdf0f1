import type { TokenUsage } from '../provider.ts';
import { MOST_TOKENS, toldCounts } from './told-counts.ts';

/**
 * What a provider has counted so far. Undefined: nothing, or nothing that can be; for such a count `isSound` is false
 * from then on.
 */
export interface TokenCounts {
  /** Without what is counted `isApart`. */
  readonly input: number | undefined;
  /** Reasoning included. */
  readonly output: number | undefined;
  readonly reasoning: number | undefined;
  /** Read from the provider's cache. */
  readonly cached: number | undefined;
  /** Written to it. */
  readonly written: number | undefined;
  /** Cached and written tokens are counted beside the input, and not as a part of it. */
  readonly isApart: boolean;
  readonly isSound: boolean;
}

const names = ['input', 'output', 'reasoning', 'cached', 'written'] as const;

const nothing: TokenCounts = {
  input: undefined,
  output: undefined,
  reasoning: undefined,
  cached: undefined,
  written: undefined,
  isApart: false,
  isSound: true,
};

/**
 * The tokens that are counted by now, when this body, or this chunk of a stream, tells of some; else what was counted
 * `before`. Reads every dialect as it arrives: the SDKs believe every number, and a stream that breaks off is billed
 * without an end to tell of it.
 */
export function readCounts(body: unknown, before: TokenCounts = nothing): TokenCounts | undefined {
  const told = toldCounts(body);
  if (told === undefined) return before === nothing ? undefined : before;
  // A count that cannot be takes the place of an earlier one, which was not the last.
  const latest = (name: (typeof names)[number]) =>
    told[name] === null ? undefined : (told[name] ?? before[name]);
  return {
    input: latest('input'),
    output: latest('output'),
    reasoning: latest('reasoning'),
    cached: latest('cached'),
    written: latest('written'),
    isApart: before.isApart || told.isApart,
    isSound: before.isSound && names.every((name) => told[name] !== null),
  };
}

/** What takes the place of counts that are missing; asked only then. */
export interface Estimates {
  input(): number;
  output(): number;
}

/** The usage of counts, with estimates in the place of those that are missing. */
export function usageOf(counts: TokenCounts | undefined, estimate: Estimates): TokenUsage {
  const { output, reasoning: told = 0, isSound } = counts ?? nothing;
  // More reasoning than output is no count.
  const reasoning = output !== undefined && told > output ? 0 : told;
  const { tokens: input, cached, written, isWhole } = inputOf(counts ?? nothing);
  const isEstimated =
    !isSound || !isWhole || input === undefined || output === undefined || reasoning !== told;
  return {
    inputTokens: input ?? estimate.input(),
    outputTokens: output ?? Math.max(reasoning, estimate.output()),
    reasoningTokens: reasoning,
    ...(cached > 0 && { cachedInputTokens: cached }),
    ...(written > 0 && { cacheWriteTokens: written }),
    ...(isEstimated && { isEstimated }),
  };
}

/** The whole input and what of it a cache held or took; without what cannot be: a part that is more than the whole. */
function inputOf({ input, cached = 0, written = 0, isApart }: TokenCounts) {
  const none = { cached: 0, written: 0 };
  if (input === undefined) return { tokens: undefined, ...none, isWhole: true };
  if (!isApart) {
    return cached + written <= input
      ? { tokens: input, cached, written, isWhole: true }
      : { tokens: input, ...none, isWhole: false };
  }
  const tokens = input + cached + written;
  return tokens <= MOST_TOKENS
    ? { tokens, cached, written, isWhole: true }
    : { tokens: undefined, ...none, isWhole: false };
}

/** The usage of a call that failed: what was not counted by then is none, but what cannot be is estimated. */
export function usageSoFar(counts: TokenCounts | undefined, estimate: Estimates): TokenUsage | undefined {
  if (counts === undefined) return undefined;
  const { input = 0, output = 0, isSound } = counts;
  return usageOf(isSound ? { ...counts, input, output } : counts, estimate);
}
