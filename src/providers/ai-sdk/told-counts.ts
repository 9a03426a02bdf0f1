type Json = Readonly<Record<string, unknown>>;

/** Ten times the largest window: no call takes more tokens. */
export const MOST_TOKENS = 100_000_000;

/** A count as a provider tells it. Undefined: not told; null: told, and no such count can be. */
export type Told = number | null | undefined;

/** What one body, or chunk of a stream, tells of tokens. */
export interface ToldCounts {
  /** Without what is counted `isApart`. */
  readonly input: Told;
  /** Reasoning included. */
  readonly output: Told;
  readonly reasoning: Told;
  /** Read from the provider's cache. */
  readonly cached: Told;
  /** Written to it. */
  readonly written: Told;
  /** Cached and written tokens are counted beside the input, and not as a part of it. */
  readonly isApart: boolean;
}

/**
 * The counts that a body, or a chunk of a stream, tells; undefined when it tells of none. Knows Chat Completions (Groq
 * and Moonshot tell streams' counts elsewhere), Responses, Anthropic, Google, Bedrock's Converse and Cohere.
 */
export function toldCounts(body: unknown): ToldCounts | undefined {
  const root = asObject(body);
  const google = root['usageMetadata'];
  if (google !== null && typeof google === 'object') return googleCounts(asObject(google));
  const owners = [
    root,
    root['message'],
    root['response'],
    root['x_groq'],
    asList(root['choices'])[0],
    root['metadata'],
    root['delta'],
  ];
  const usage = owners.map((owner) => asObject(owner)['usage']).find((found) => found != null);
  if (usage === undefined) return undefined;
  const counts = asObject(usage);
  if (counts['inputTokens'] != null || counts['outputTokens'] != null) return bedrockCounts(counts);
  // Cohere tells what it bills and, apart from that, the tokens.
  return usualCounts(counts['tokens'] == null ? counts : { ...counts, ...asObject(counts['tokens']) });
}

/** https://ai.google.dev/api/generate-content#UsageMetadata: thoughts stand beside the answer, the cache's part does not. */
function googleCounts(usage: Json): ToldCounts {
  const input = sum(count(usage['promptTokenCount']), count(usage['toolUsePromptTokenCount']));
  const answer = count(usage['candidatesTokenCount']);
  const told = count(usage['thoughtsTokenCount']);
  const total = count(usage['totalTokenCount']);
  const { output, reasoning } =
    told === undefined
      ? beside({ input, output: answer, reasoning: told }, total)
      : { output: sum(answer, told), reasoning: told };
  const cached = count(usage['cachedContentTokenCount']);
  return { input, output, reasoning, cached, written: undefined, isApart: false };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html */
function bedrockCounts(usage: Json): ToldCounts {
  const counts = {
    input: count(usage['inputTokens']),
    output: count(usage['outputTokens']),
    cached: count(usage['cacheReadInputTokens']),
    written: count(usage['cacheWriteInputTokens']),
  };
  return apart({ ...counts, reasoning: undefined });
}

function usualCounts(usage: Json): ToldCounts {
  const inputDetails = usage['prompt_tokens_details'] ?? usage['input_tokens_details'];
  const read = asObject(inputDetails);
  const written = asObject(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  const counts = {
    input: count(usage['prompt_tokens'] ?? usage['input_tokens']),
    output: count(usage['completion_tokens'] ?? usage['output_tokens']),
    reasoning: count(written['reasoning_tokens'] ?? written['thinking_tokens'] ?? usage['reasoning_tokens']),
    cached: count(
      read['cached_tokens'] ??
        usage['cache_read_input_tokens'] ??
        // DeepSeek; Moonshot and Together; Mistral.
        usage['prompt_cache_hit_tokens'] ??
        usage['cached_tokens'] ??
        usage['num_cached_tokens'],
    ),
    written: writtenToCache(read, usage),
  };
  // Anthropic counts what its cache holds apart; those who speak of prompts, or of details, count it in.
  const isTold = usage['cache_read_input_tokens'] != null || counts.written !== undefined;
  if (isTold && usage['prompt_tokens'] == null && inputDetails == null) return apart(counts);
  return { ...counts, ...beside(counts, count(usage['total_tokens'])), isApart: false };
}

/** OpenRouter and Qwen tell it among the details; Anthropic also by how long the cache keeps it. */
function writtenToCache(details: Json, usage: Json): Told {
  const whole =
    details['cache_write_tokens'] ??
    details['cache_creation_input_tokens'] ??
    usage['cache_creation_input_tokens'];
  if (whole != null) return count(whole);
  const byTime = asObject(usage['cache_creation']);
  return sum(count(byTime['ephemeral_5m_input_tokens']), count(byTime['ephemeral_1h_input_tokens']));
}

type Counts = Omit<ToldCounts, 'isApart'>;

/** Counts of which each is one part of the input: without one of them there is no whole. */
function apart(counts: Counts): ToldCounts {
  const { cached, written } = counts;
  const input = cached === null || written === null ? null : counts.input;
  return { ...counts, input, isApart: cached != null || written != null };
}

type Core = Pick<ToldCounts, 'input' | 'output' | 'reasoning'>;

/** xAI and Google's OpenAI endpoint count reasoning beside the completion: then the total says so. */
function beside({ input, output, reasoning }: Core, total: Told): Core {
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
