import { describe, expect, it } from 'vitest';
import { readCounts, usageOf } from '../../../src/providers/ai-sdk/token-counts.ts';

const usage = (body: unknown) => usageOf(readCounts(body), { input: () => 100, output: () => 200 });
const exactly = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  reasoningTokens: 0,
});
const about = (inputTokens: number, outputTokens: number) => ({
  ...exactly(inputTokens, outputTokens),
  isEstimated: true,
});

const implausible = [12.5, -5000, 4_294_967_296, 1e18, 2 ** 53 + 1, 1e400, Number.NaN, '12', true, [], {}];

/** Each dialect's body, or chunk, of 1000 tokens of input, of which a cache held some and took some. */
const caches: Readonly<Record<string, (cached: unknown, written: unknown) => unknown>> = {
  'Chat Completions as OpenRouter has them': (cached_tokens, cache_write_tokens) => ({
    usage: {
      prompt_tokens: 1000,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens, cache_write_tokens },
    },
  }),
  'Chat Completions as Qwen has them': (cached_tokens, cache_creation_input_tokens) => ({
    usage: {
      prompt_tokens: 1000,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens, cache_creation_input_tokens },
    },
  }),
  'a gateway of Anthropic': (cache_read_input_tokens, cache_creation_input_tokens) => ({
    usage: {
      prompt_tokens: 1000,
      completion_tokens: 5,
      cache_read_input_tokens,
      cache_creation_input_tokens,
    },
  }),
  Responses: (cached_tokens, cache_write_tokens) => ({
    response: {
      usage: {
        input_tokens: 1000,
        output_tokens: 5,
        input_tokens_details: { cached_tokens, cache_write_tokens },
      },
    },
  }),
};

/** Those that know of no writing. */
const readOnlyCaches: Readonly<Record<string, (cached: unknown) => unknown>> = {
  DeepSeek: (prompt_cache_hit_tokens) => ({
    usage: {
      prompt_tokens: 1000,
      completion_tokens: 5,
      prompt_cache_hit_tokens,
      prompt_cache_miss_tokens: 1,
    },
  }),
  Moonshot: (cached_tokens) => ({
    choices: [{ usage: { prompt_tokens: 1000, completion_tokens: 5, cached_tokens } }],
  }),
  Groq: (cached_tokens) => ({
    x_groq: {
      usage: { prompt_tokens: 1000, completion_tokens: 5, prompt_tokens_details: { cached_tokens } },
    },
  }),
  Mistral: (num_cached_tokens) => ({
    usage: { prompt_tokens: 1000, completion_tokens: 5, num_cached_tokens },
  }),
  Google: (cachedContentTokenCount) => ({
    usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 5, cachedContentTokenCount },
  }),
};

const part = (cachedInputTokens: number, cacheWriteTokens?: number) => ({
  cachedInputTokens,
  ...(cacheWriteTokens !== undefined && { cacheWriteTokens }),
});

describe.each(Object.entries(caches))('the cache of %s', (_name, body) => {
  it('is a part of the input', () => {
    expect(usage(body(600, 300))).toEqual({ ...exactly(1000, 5), ...part(600, 300) });
    expect(usage(body(600, undefined))).toEqual({ ...exactly(1000, 5), ...part(600) });
    expect(usage(body(0, null))).toEqual(exactly(1000, 5));
  });

  it.each([...implausible, 1001])('is none where its count cannot be: %s', (none) => {
    expect(usage(body(none, undefined))).toEqual(about(1000, 5));
    expect(usage(body(undefined, none))).toEqual(about(1000, 5));
  });

  it('is no more than the whole', () => {
    expect(usage(body(600, 401))).toEqual(about(1000, 5));
  });
});

describe.each(Object.entries(readOnlyCaches))('the cache of %s', (_name, body) => {
  it('is a part of the input', () => {
    expect(usage(body(600))).toEqual({ ...exactly(1000, 5), ...part(600) });
    expect(usage(body(null))).toEqual(exactly(1000, 5));
  });

  it.each([...implausible, 1001])('is none where its count cannot be: %s', (none) => {
    expect(usage(body(none))).toEqual(about(1000, 5));
  });
});

describe('the counts of Bedrock', () => {
  const body = (cacheReadInputTokens?: unknown, cacheWriteInputTokens?: unknown) => ({
    metadata: { usage: { inputTokens: 10, outputTokens: 5, cacheReadInputTokens, cacheWriteInputTokens } },
  });

  it('stand beside those of its cache', () => {
    expect(usage(body())).toEqual(exactly(10, 5));
    expect(usage(body(20, 30))).toEqual({ ...exactly(60, 5), ...part(20, 30) });
    expect(usage((body(20) as { metadata: object }).metadata)).toEqual({ ...exactly(30, 5), ...part(20) });
  });

  it.each(implausible)('are estimated where a part cannot be: %s', (none) => {
    expect(usage(body(none))).toEqual(about(100, 5));
    expect(usage(body(20, none))).toEqual(about(100, 5));
  });
});
