import { describe, expect, test } from 'vitest';
import type { Admission } from '../../../src/calls/admission.ts';
import { candidates, setUp } from './walk-stage.ts';

describe('the executor', () => {
  test('waits for the first that will be admitted again, when all refuse and there is time', async () => {
    const until = new Map([
      ['a/first', 9000],
      ['b/second', 3000],
      ['c/third', 6000],
    ]);
    const admission = (now: () => number): Admission => ({
      admit({ key }) {
        const retryAfterMs = (until.get(key) ?? 0) - now();
        if (retryAfterMs <= 0) return { admitted: true, settle: () => {} };
        return { admitted: false, reason: 'BREAKER_OPEN', retryAfterMs };
      },
    });
    const { run, time, called } = setUp({ admission });
    const running = run();
    await time.advance(3000);
    expect((await running).end).toMatchObject({ kind: 'answered', modelKey: 'b/second' });
    expect(called).toEqual([{ key: 'b/second', atMs: 3000 }]);
  });

  test('waits out a pause that the only model asks for, and asks again', async () => {
    const pause = { failureClass: 'RATE_LIMITED', message: 'slow down', retryAfterMs: 2000 } as const;
    const { run, time, called } = setUp({
      replies: { 'a/first': [pause] },
      among: [candidates[0]!],
    });
    const running = run();
    await time.advance(2000);
    expect((await running).end).toMatchObject({ kind: 'answered', modelKey: 'a/first' });
    expect(called.map(({ atMs }) => atMs)).toEqual([0, 2000]);
  });

  test('does not wait for a pause that is longer than the caller has, or that others need not keep', async () => {
    const pause = { failureClass: 'RATE_LIMITED', message: 'slow down', retryAfterMs: 90_000 } as const;
    const alone = setUp({ replies: { 'a/first': [pause] }, among: [candidates[0]!] });
    expect((await alone.run()).end).toEqual({ kind: 'exhausted', retryAfterMs: 90_000 });
    const among = setUp({ replies: { 'a/first': [{ ...pause, retryAfterMs: 1000 }] } });
    expect((await among.run()).end).toMatchObject({ kind: 'answered', modelKey: 'b/second' });
  });

  test('spends an attempt on every time that it asks again', async () => {
    const pause = { failureClass: 'RATE_LIMITED', message: 'slow down', retryAfterMs: 1000 } as const;
    const replies = { 'a/first': [pause, pause, pause, pause] };
    const { run, time, keys } = setUp({ replies, among: [candidates[0]!], rules: { maxAttempts: 3 } });
    const running = run();
    await time.advance(5000);
    expect((await running).end.kind).toBe('exhausted');
    expect(keys()).toHaveLength(3);
  });

  test('waits for the one that asked for the shortest pause, when all did', async () => {
    const pause = (retryAfterMs: number) =>
      ({ failureClass: 'RATE_LIMITED', message: 'slow down', retryAfterMs }) as const;
    const { run, time, called } = setUp({
      replies: { 'a/first': [pause(1000)], 'b/second': [pause(50_000)] },
      among: candidates.slice(0, 2),
    });
    const running = run();
    await time.advance(1000);
    expect((await running).end).toMatchObject({ kind: 'answered', modelKey: 'a/first' });
    expect(called).toEqual([
      { key: 'a/first', atMs: 0 },
      { key: 'b/second', atMs: 0 },
      { key: 'a/first', atMs: 1000 },
    ]);
  });

  test('tells the shortest wait that a refusal told of also after others have failed', async () => {
    const admission: Admission = {
      admit: ({ key }) =>
        key === 'a/first'
          ? { admitted: true, settle: () => {} }
          : { admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: 3000 },
    };
    const { run } = setUp({ admission, replies: { 'a/first': ['MALFORMED', 'MALFORMED'] } });
    expect((await run()).end).toEqual({ kind: 'exhausted', retryAfterMs: 3000 });
  });
});
