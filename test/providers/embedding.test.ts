import { describe, expect, it } from 'vitest';
import { faultOfVectors, longestInputTokens } from '../../src/providers/embedding.ts';
import { estimateInputTokens } from '../../src/providers/estimate-tokens.ts';

const task = (inputs: readonly (string | readonly number[])[], dimensions: number | null = null) => ({
  inputs,
  dimensions,
});

describe('vectors that came for two inputs', () => {
  it.each([
    [[[1, 2]], null, 'MALFORMED'],
    [[[], []], null, 'MALFORMED'],
    [[[1, 2], [1]], null, 'MALFORMED'],
    [
      [
        [1, 2],
        [3, 4],
      ],
      3,
      'INVALID_REQUEST',
    ],
    [
      [
        [1, 2],
        [3, 4],
      ],
      2,
      undefined,
    ],
    [
      [
        [1, 2],
        [3, 4],
      ],
      null,
      undefined,
    ],
  ])('%j, of which %s dimensions were wanted, are %s', (vectors, dimensions, failureClass) => {
    expect(faultOfVectors(task(['a', 'b'], dimensions), vectors)?.failureClass).toBe(failureClass);
  });
});

it('tokens are counted where they are told, and texts are estimated', () => {
  const request = { messages: [], tools: [], responseFormat: { type: 'text' } } as const;
  const embedding = task(['abcdefgh', [1, 2, 3]]);
  expect(estimateInputTokens({ ...request, embedding })).toBe(5);
});

it('a text has at least a token for eight characters, and tokens are what they are', () => {
  expect(longestInputTokens(task(['a'.repeat(80), [1, 2]]))).toBe(10);
  expect(longestInputTokens(task(['a', [1, 2, 3]]))).toBe(3);
});
