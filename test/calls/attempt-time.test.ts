import { expect, test } from 'vitest';
import { attemptLimitMs, attemptTime, attemptTimeMs, fullAnswerMs } from '../../src/calls/attempt-time.ts';

test("an attempt's limit is the model's own, else 30 s and 20 ms for each budgeted token", () => {
  expect(attemptLimitMs({ attemptTimeoutMs: 1234 }, 1000)).toBe(1234);
  expect(attemptLimitMs({ attemptTimeoutMs: null }, 1000)).toBe(50_000);
  expect(attemptLimitMs({ attemptTimeoutMs: null }, 1000, 5000)).toBe(25_000);
});

test('an attempt that another can follow leaves half of the remaining time', () => {
  expect(attemptTimeMs(50_000, 60_000, false)).toBe(30_000);
  expect(attemptTimeMs(10_000, 60_000, false)).toBe(10_000);
  expect(attemptTimeMs(50_000, 40_000, true)).toBe(40_000);
  expect(attemptTimeMs(50_000, 60_000, true)).toBe(50_000);
});

test('an answer is expected to take its first token and its whole budget', () => {
  const speed = { expectedFirstTokenMs: 700, expectedMicrosPerOutputToken: 9000 };
  expect(fullAnswerMs(speed, 1000)).toBe(9700);
});

test("an attempt's time says whose limit it is", () => {
  const facts = { attemptTimeoutMs: 20_000, expectedFirstTokenMs: 700, expectedMicrosPerOutputToken: 9000 };
  const budget = { outputBudgetTokens: 1000, baseMs: 30_000 };
  const timeOf = (remainingMs: number, isLast: boolean) =>
    attemptTime(facts, { ...budget, expectedMs: 5000, remainingMs, isLast });
  expect(timeOf(60_000, false)).toEqual({
    timeoutMs: 20_000,
    limit: 'own',
    expectedMs: 5000,
    fullAnswerMs: 9700,
  });
  expect(timeOf(10_000, false)).toMatchObject({ timeoutMs: 5000, limit: 'share' });
  expect(timeOf(10_000, true)).toMatchObject({ timeoutMs: 10_000, limit: 'deadline' });
  expect(attemptTime(facts, budget)).toMatchObject({
    timeoutMs: 20_000,
    limit: 'own',
    expectedMs: 9700,
  });
});
