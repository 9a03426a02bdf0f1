import { describe, expect, test } from 'vitest';
import type { Admission } from '../../../src/calls/admission.ts';
import { candidate } from '../plan/plan-inputs.ts';
import { candidates, setUp } from './walk-stage.ts';

describe('the executor', () => {
  test('answers with the first choice and what it really used', async () => {
    const { run, keys } = setUp({});
    const { end, attempts } = await run();
    expect(end).toMatchObject({ kind: 'answered', modelKey: 'a/first' });
    expect(keys()).toEqual(['a/first']);
    expect(attempts).toMatchObject([{ position: 1, status: 'ok', costMicroUsd: 1250 }]);
  });

  test('retries a server error once on the same model, then falls back', async () => {
    const { run, time, keys } = setUp({ replies: { 'a/first': ['SERVER_ERROR', 'SERVER_ERROR'] } });
    const running = run();
    await time.advance(1000);
    const { end, attempts } = await running;
    expect(keys()).toEqual(['a/first', 'a/first', 'b/second']);
    expect(end).toMatchObject({ kind: 'answered', modelKey: 'b/second' });
    expect(attempts.map(({ status }) => status)).toEqual(['retriable_error', 'retriable_error', 'ok']);
  });

  test('waits half of the longest back-off when chance says one half', async () => {
    const { run, time, called } = setUp({ replies: { 'a/first': ['CONNECTION'] } });
    const running = run();
    await time.advance(1000);
    await running;
    expect(called.map(({ atMs }) => atMs)).toEqual([0, 125]);
  });

  test('waits as long as the provider asks before the same model is tried again', async () => {
    const failure = { failureClass: 'SERVER_ERROR', message: 'busy', retryAfterMs: 2000 } as const;
    const { run, time, called } = setUp({ replies: { 'a/first': [failure] } });
    const running = run();
    await time.advance(3000);
    await running;
    expect(called.map(({ atMs }) => atMs)).toEqual([0, 2000]);
  });

  test('goes to the next model at once when the provider asks for more time than there is', async () => {
    const failure = { failureClass: 'SERVER_ERROR', message: 'busy', retryAfterMs: 90_000 } as const;
    const { run, keys } = setUp({ replies: { 'a/first': [failure] } });
    expect((await run()).end.kind).toBe('answered');
    expect(keys()).toEqual(['a/first', 'b/second']);
  });

  test('calls a silent model once, for half of the time at most, and lets the fallback answer', async () => {
    const { run, time, called } = setUp({
      replies: { 'a/first': ['silence'] },
      rules: { timeoutMs: 20_000 },
    });
    const running = run();
    await time.advance(10_000);
    const { end, attempts } = await running;
    expect(called).toEqual([
      { key: 'a/first', atMs: 0 },
      { key: 'b/second', atMs: 10_000 },
    ]);
    expect(end).toMatchObject({ kind: 'answered', modelKey: 'b/second' });
    expect(attempts[0]).toMatchObject({ status: 'timeout', failureClass: 'TIMEOUT', latencyMs: 10_000 });
  });

  test('ends with the deadline when the last model is silent to the end', async () => {
    const { run, time } = setUp({
      replies: { 'a/first': ['silence'] },
      rules: { timeoutMs: 20_000, fallbackEnabled: false },
    });
    const running = run();
    await time.advance(20_000);
    const { end, attempts } = await running;
    expect(end.kind).toBe('deadline');
    expect(attempts).toMatchObject([{ failureClass: 'DEADLINE', latencyMs: 20_000 }]);
  });

  test('stops at once when the caller leaves', async () => {
    const { run, time, leave, keys } = setUp({ replies: { 'a/first': ['silence'] } });
    const running = run();
    await time.advance(5);
    leave(new Error('gone'));
    const { end, attempts } = await running;
    expect(end.kind).toBe('cancelled');
    expect(attempts).toMatchObject([{ status: null, failureClass: 'CANCELLED' }]);
    expect(keys()).toEqual(['a/first']);
  });

  test('makes no more calls than the policy allows', async () => {
    const failing = ['MALFORMED', 'MALFORMED'] as const;
    const { run, keys } = setUp({
      replies: { 'a/first': failing, 'b/second': failing, 'c/third': failing },
      rules: { maxAttempts: 2 },
    });
    expect((await run()).end.kind).toBe('exhausted');
    expect(keys()).toEqual(['a/first', 'b/second']);
  });

  test('makes exactly one call under a strict policy, even where a retry would be allowed', async () => {
    const { run, keys } = setUp({
      replies: { 'a/first': ['CONNECTION'] },
      rules: { policyName: 'strict_no_fallback', fallbackEnabled: false },
    });
    expect((await run()).end.kind).toBe('exhausted');
    expect(keys()).toEqual(['a/first']);
  });

  test('shows a filtered content to nobody else', async () => {
    const { run, keys } = setUp({ replies: { 'a/first': ['CONTENT_FILTER'] } });
    expect((await run()).end).toMatchObject({ kind: 'refused', failureClass: 'CONTENT_FILTER' });
    expect(keys()).toEqual(['a/first']);
  });

  test('asks one other provider about a request that the first finds invalid', async () => {
    const { run, keys } = setUp({
      replies: { 'a/first': ['INVALID_REQUEST'], 'b/second': ['INVALID_REQUEST'] },
    });
    expect((await run()).end).toMatchObject({ kind: 'refused', failureClass: 'INVALID_REQUEST' });
    expect(keys()).toEqual(['a/first', 'b/second']);
  });

  test('passes over the other models of a provider whose key is refused', async () => {
    const refused = { failureClass: 'AUTH', message: 'bad key', httpStatus: 401 } as const;
    const { run, keys } = setUp({
      replies: { 'a/first': [refused] },
      among: [candidates[0]!, candidate('a/sibling', { atsBps: 9000 }), candidates[1]!],
    });
    expect((await run()).end).toMatchObject({ kind: 'answered', modelKey: 'b/second' });
    expect(keys()).toEqual(['a/first', 'b/second']);
  });

  test('never falls back to a smaller context window after the input was too long', async () => {
    const { run, keys } = setUp({
      replies: { 'a/first': ['CONTEXT_LENGTH'] },
      among: [candidates[0]!, candidate('b/small', { contextWindowTokens: 64_000 })],
    });
    expect((await run()).end.kind).toBe('exhausted');
    expect(keys()).toEqual(['a/first']);
  });

  test('tells the smallest wait of those that every candidate was refused for, and has sent nothing', async () => {
    const waits = new Map([
      ['a/first', 900_000],
      ['b/second', 300_000],
      ['c/third', 600_000],
    ]);
    const admission: Admission = {
      admit: ({ key }) => ({ admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: waits.get(key) ?? null }),
    };
    const { run, keys } = setUp({ admission });
    expect(await run()).toEqual({ attempts: [], end: { kind: 'none_admitted', retryAfterMs: 300_000 } });
    expect(keys()).toEqual([]);
  });
});
