import type { TokenUsage } from '../provider.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The tokens that a stream has counted by now, when this chunk of it tells; else what was counted `before`. Reads the
 * chunks of Chat Completions, Responses, Anthropic and Google as they arrive: a stream that breaks off is billed, but
 * has no end that would tell what for.
 */
export function readPartialUsage(chunk: unknown, before: TokenUsage | undefined): TokenUsage | undefined {
  const root = asObject(chunk);
  const counts = [root['usage'], asObject(root['message'])['usage'], asObject(root['response'])['usage']];
  const usage = asObject(counts.find((count) => count != null));
  const google = asObject(root['usageMetadata']);
  const thoughts = count(google['thoughtsTokenCount']);
  const cached =
    (count(usage['cache_read_input_tokens']) ?? 0) + (count(usage['cache_creation_input_tokens']) ?? 0);
  const fresh = count(usage['prompt_tokens']) ?? count(usage['input_tokens']);
  const answered = count(google['candidatesTokenCount']);
  const input = count(google['promptTokenCount']) ?? (fresh === undefined ? undefined : fresh + cached);
  const output =
    count(usage['completion_tokens']) ??
    count(usage['output_tokens']) ??
    (answered === undefined && thoughts === undefined ? undefined : (answered ?? 0) + (thoughts ?? 0));
  if (input === undefined && output === undefined) return before;
  const details = asObject(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  return {
    inputTokens: input ?? before?.inputTokens ?? 0,
    outputTokens: output ?? before?.outputTokens ?? 0,
    reasoningTokens: count(details['reasoning_tokens']) ?? thoughts ?? before?.reasoningTokens ?? 0,
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
