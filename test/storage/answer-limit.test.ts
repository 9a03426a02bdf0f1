import { expect, it } from 'vitest';
import { answerLimitMs } from '../../src/storage/answer-limit.ts';

it.each([
  [0, 1_000],
  [1, 1_000],
  [400, 4_000],
  [60_000, 10_000],
])(
  'a database whose round trip takes %d ms is away after %d ms without an answer',
  (roundTripMs, limitMs) => {
    expect(answerLimitMs({ kind: 'postgres', roundTripMs: () => roundTripMs })).toBe(limitMs);
  },
);
