import { expect, it } from 'vitest';
import { readPartialUsage } from '../../../src/providers/ai-sdk/partial-usage.ts';

it.each([
  ['Chat Completions', { usage: { prompt_tokens: 10, completion_tokens: 5 } }, [10, 5, 0]],
  [
    'reasoning in Chat Completions',
    {
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        completion_tokens_details: { reasoning_tokens: 4 },
      },
    },
    [10, 5, 4],
  ],
  [
    'the start of an Anthropic message, with what its cache holds',
    {
      message: {
        usage: {
          input_tokens: 1,
          cache_read_input_tokens: 2,
          cache_creation_input_tokens: 4,
          output_tokens: 1,
        },
      },
    },
    [7, 1, 0],
  ],
  [
    'Responses',
    {
      response: {
        usage: { input_tokens: 3, output_tokens: 2, output_tokens_details: { reasoning_tokens: 1 } },
      },
    },
    [3, 2, 1],
  ],
  ['Google', { usageMetadata: { promptTokenCount: 3, thoughtsTokenCount: 2 } }, [3, 2, 2]],
])('reads the tokens that a chunk counts: %s', (_case, chunk, [input, output, reasoning]) => {
  expect(readPartialUsage(chunk, undefined)).toEqual({
    inputTokens: input,
    outputTokens: output,
    reasoningTokens: reasoning,
  });
});

it('keeps what was counted before where a chunk is silent', () => {
  const before = { inputTokens: 11, outputTokens: 1, reasoningTokens: 0 };
  expect(readPartialUsage({ usage: { output_tokens: 7 } }, before)).toEqual({ ...before, outputTokens: 7 });
  expect(readPartialUsage({ choices: [], usage: null }, before)).toBe(before);
  expect(readPartialUsage('[DONE]', undefined)).toBeUndefined();
});

it.each([-1, 1.5, '7', Number.NaN])('takes no number of tokens that is none: %s', (tokens) => {
  expect(readPartialUsage({ usage: { prompt_tokens: tokens } }, undefined)).toBeUndefined();
});
