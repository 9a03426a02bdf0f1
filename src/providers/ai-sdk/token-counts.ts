import type { TokenUsage } from '../provider.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * What a provider has counted so far. Undefined: nothing, or nothing that can be; for such a count `isSound` is false
 * from then on.
 */
export interface TokenCounts {
  readonly input: number | undefined;
  /** Reasoning included. */
  readonly output: number | undefined;
  readonly reasoning: number | undefined;
  readonly isSound: boolean;
}

/** Ten times the largest window: no call takes more tokens. */
const MOST_TOKENS = 100_000_000;

const nothing: TokenCounts = { input: undefined, output: undefined, reasoning: undefined, isSound: true };

/**
 * The tokens that are counted by now, when this body, or this chunk of a stream, tells of some; else what was counted
 * `before`. Reads Chat Completions (Groq and Moonshot tell streams' counts elsewhere), Responses, Anthropic and Google
 * as they arrive: the SDKs believe every number, and a stream that breaks off is billed without an end to tell of it.
 */
export function readCounts(body: unknown, before?: TokenCounts): TokenCounts | undefined {
  const told = countsIn(asObject(body));
  if (told === undefined) return before;
  const { input, output, reasoning, isSound } = before ?? nothing;
  // A count that cannot be takes the place of an earlier one, which was not the last.
  return {
    input: told.input === null ? undefined : (told.input ?? input),
    output: told.output === null ? undefined : (told.output ?? output),
    reasoning: told.reasoning === null ? undefined : (told.reasoning ?? reasoning),
    isSound: isSound && told.input !== null && told.output !== null && told.reasoning !== null,
  };
}

/** What takes the place of counts that are missing; asked only then. */
export interface Estimates {
  input(): number;
  output(): number;
}

/** The usage of counts, with estimates in the place of those that are missing. */
export function usageOf(counts: TokenCounts | undefined, estimate: Estimates): TokenUsage {
  const { input, output, reasoning: told = 0, isSound } = counts ?? nothing;
  // More reasoning than output is no count.
  const reasoning = output !== undefined && told > output ? 0 : told;
  const isEstimated = !isSound || input === undefined || output === undefined || reasoning !== told;
  return {
    inputTokens: input ?? estimate.input(),
    outputTokens: output ?? Math.max(reasoning, estimate.output()),
    reasoningTokens: reasoning,
    ...(isEstimated && { isEstimated }),
  };
}

/** The usage of a call that failed: what was not counted by then is none, but what cannot be is estimated. */
export function usageSoFar(counts: TokenCounts | undefined, estimate: Estimates): TokenUsage | undefined {
  if (counts === undefined) return undefined;
  const { input = 0, output = 0, isSound } = counts;
  return usageOf(isSound ? { ...counts, input, output } : counts, estimate);
}

/** Undefined: not told; null: told, and no such count can be. */
type Told = number | null | undefined;

interface ToldCounts {
  readonly input: Told;
  readonly output: Told;
  readonly reasoning: Told;
}

function countsIn(root: Json): ToldCounts | undefined {
  const google = root['usageMetadata'];
  if (google !== null && typeof google === 'object') return googleCounts(asObject(google));
  const owners = [root, root['message'], root['response'], root['x_groq'], asList(root['choices'])[0]];
  const usage = owners.map((owner) => asObject(owner)['usage']).find((found) => found != null);
  return usage === undefined ? undefined : ownCounts(asObject(usage));
}

function googleCounts(usage: Json): ToldCounts {
  const answer = count(usage['candidatesTokenCount']);
  const reasoning = count(usage['thoughtsTokenCount']);
  const input = count(usage['promptTokenCount']);
  return { input, output: sum(answer, reasoning), reasoning };
}

function ownCounts(usage: Json): ToldCounts {
  const details = asObject(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  const fresh = count(usage['prompt_tokens'] ?? usage['input_tokens']);
  // Anthropic counts what its cache holds apart; gateways that speak of prompts count it in, and name it beside.
  const isApart = usage['prompt_tokens'] == null;
  const cached = isApart
    ? [usage['cache_read_input_tokens'], usage['cache_creation_input_tokens']].map(count)
    : [];
  const input = fresh === undefined ? undefined : sum(fresh, ...cached);
  const reasoning = count(
    details['reasoning_tokens'] ?? details['thinking_tokens'] ?? usage['reasoning_tokens'],
  );
  const output = count(usage['completion_tokens'] ?? usage['output_tokens']);
  return beside({ input, output, reasoning }, count(usage['total_tokens']));
}

/**
 * xAI and Google's OpenAI endpoint count reasoning beside the completion: then the total says so.
 */
function beside({ input, output, reasoning }: ToldCounts, total: Told): ToldCounts {
  if (typeof output !== 'number') return { input, output, reasoning };
  const rest = typeof total === 'number' && typeof input === 'number' ? total - input - output : 0;
  if (rest > 0 && (reasoning === undefined || reasoning === rest)) {
    return { input, output: output + rest, reasoning: rest };
  }
  return { input, output, reasoning };
}

/** Null when one of them cannot be, undefined when none is told. */
function sum(...counts: readonly Told[]): Told {
  if (counts.includes(null)) return null;
  if (counts.every((one) => one === undefined)) return undefined;
  const total = counts.reduce<number>((all, one) => all + (one ?? 0), 0);
  return total <= MOST_TOKENS ? total : null;
}

function count(value: unknown): Told {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS
    ? value
    : null;
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
