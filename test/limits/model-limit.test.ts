import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coolDown } from '../../src/limits/cool-down.ts';
import { headroomPermille, mergeReading, remainingOf } from '../../src/limits/meter.ts';
import {
  advertisedHeadroomPermille,
  countSent,
  countSettled,
  isForgettable,
  noteSuccess,
  openModelLimit,
  readResponse,
  waitMs,
  type ModelLimit,
} from '../../src/limits/model-limit.ts';

/** Reads the response to a call that is sent, and answered at once. */
function answer(
  limit: ModelLimit,
  now: number,
  told: { requests?: number; tokens?: number; limit?: number; resetMs?: number | null; askedMs?: number },
): void {
  const call = countSent(limit, 0, now);
  countSettled(limit, call, 0);
  const { limit: most = 100, resetMs = 10_000, askedMs = null } = told;
  const allowance = (remaining?: number) =>
    remaining === undefined ? null : { limit: most, remaining, resetMs };
  readResponse(
    limit,
    call,
    { requests: allowance(told.requests), tokens: allowance(told.tokens), askedMs },
    now,
  );
}

describe('what remains', () => {
  test('is lowered by what was sent since the call that told, also while that one was under way', () => {
    const limit = openModelLimit();
    countSent(limit, 50, 0);
    const telling = countSent(limit, 50, 1);
    countSent(limit, 30, 2);
    const told = { limit: 100, remaining: 40, resetMs: 10_000 };
    readResponse(limit, telling, { requests: told, tokens: told, askedMs: null }, 3);
    expect([remainingOf(limit.requests, 3), remainingOf(limit.tokens, 3)]).toEqual([39, 10]);
    countSent(limit, 30, 4);
    expect([remainingOf(limit.requests, 4), remainingOf(limit.tokens, 4)]).toEqual([38, 0]);
  });

  test('is corrected to what calls sent since have really taken', () => {
    const limit = openModelLimit();
    const before = countSent(limit, 50, 0);
    answer(limit, 1, { tokens: 80 });
    const after = countSent(limit, 60, 2);
    countSettled(limit, before, 0);
    expect(remainingOf(limit.tokens, 3)).toBe(20);
    countSettled(limit, after, 25);
    expect(remainingOf(limit.tokens, 3)).toBe(55);
  });

  test('of a response that was overtaken by a later call’s is old news', () => {
    const limit = openModelLimit();
    const slow = countSent(limit, 0, 0);
    answer(limit, 5, { requests: 7 });
    const old = { limit: 100, remaining: 90, resetMs: 10_000 };
    readResponse(limit, slow, { requests: old, tokens: null, askedMs: null }, 6);
    expect(remainingOf(limit.requests, 6)).toBe(7);
  });

  test('is unknown from the reset on, or a minute after a header that names none', () => {
    const limit = openModelLimit();
    answer(limit, 0, { requests: 7, resetMs: 5000 });
    expect([remainingOf(limit.requests, 4999), remainingOf(limit.requests, 5000)]).toEqual([7, null]);
    answer(limit, 6000, { requests: 7, resetMs: null });
    expect([remainingOf(limit.requests, 65_999), remainingOf(limit.requests, 66_000)]).toEqual([7, null]);
  });

  test('is never negative and never more than was told, whatever is sent and settled', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('send' as const), tokens: fc.nat(50) }),
      fc.record({ kind: fc.constant('settle' as const), tokens: fc.option(fc.nat(90)), which: fc.nat() }),
      fc.record({ kind: fc.constant('tell' as const), remaining: fc.nat(100), which: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 50 }), (events) => {
        const limit = openModelLimit();
        const open = [countSent(limit, 10, 0)];
        let toldMost = 0;
        events.forEach((step, now) => {
          if (step.kind === 'send') open.push(countSent(limit, step.tokens, now));
          else {
            const [call] = open.splice(step.which % Math.max(1, open.length), 1);
            if (call === undefined) return;
            countSettled(limit, call, step.kind === 'settle' ? step.tokens : null);
            if (step.kind === 'tell') {
              const told = { limit: 100, remaining: step.remaining, resetMs: 60_000 };
              toldMost = Math.max(toldMost, step.remaining);
              readResponse(limit, call, { requests: told, tokens: told, askedMs: null }, now);
            }
          }
          for (const meter of [limit.requests, limit.tokens]) {
            const remaining = remainingOf(meter, now);
            if (remaining === null) continue;
            expect(remaining).toBeGreaterThanOrEqual(0);
            expect(remaining).toBeLessThanOrEqual(toldMost);
          }
          expect(limit.underWay).toBe(open.length);
        });
      }),
    );
  });

  test('is unknown again when a call succeeds that nothing should have remained for', () => {
    const limit = openModelLimit();
    answer(limit, 0, { requests: 1, tokens: 100 });
    const [last, beyond] = [countSent(limit, 100, 1), countSent(limit, 10, 2)];
    noteSuccess(limit, last);
    expect([remainingOf(limit.requests, 3), remainingOf(limit.tokens, 3)]).toEqual([0, 0]);
    noteSuccess(limit, beyond);
    expect([remainingOf(limit.requests, 3), remainingOf(limit.tokens, 3)]).toEqual([null, null]);
  });

  test('that another instance has read counts when it is newer and stricter', () => {
    const reading = (remaining: number, readAtMs: number) => {
      const times = { untilMs: 20_000, resets: true, waitUntilMs: 20_000 };
      return { limit: 100, remaining, readAtMs, ...times };
    };
    const limit = openModelLimit();
    mergeReading(limit.requests, reading(60, 100), 200);
    expect(remainingOf(limit.requests, 200)).toBe(60);
    countSent(limit, 0, 300);
    mergeReading(limit.requests, reading(60, 150), 310);
    expect(remainingOf(limit.requests, 310)).toBe(59);
    mergeReading(limit.requests, reading(5, 50), 320);
    expect(remainingOf(limit.requests, 320)).toBe(59);
    mergeReading(limit.requests, reading(5, 325), 330);
    expect(remainingOf(limit.requests, 330)).toBe(5);
    answer(limit, 400, { requests: 30 });
    mergeReading(limit.requests, reading(5, 325), 410);
    expect(remainingOf(limit.requests, 410)).toBe(30);
  });
});

describe('waiting', () => {
  test('lasts until the reset of whatever is used up', () => {
    const limit = openModelLimit();
    answer(limit, 0, { requests: 1, tokens: 50, resetMs: 8000 });
    expect(waitMs(limit, 0)).toBe(0);
    countSent(limit, 20, 100);
    expect(waitMs(limit, 100)).toBe(7900);
    expect(waitMs(limit, 8000)).toBe(0);
  });

  test('is for nothing where no reset was named', () => {
    const limit = openModelLimit();
    answer(limit, 0, { requests: 0, resetMs: null });
    expect([waitMs(limit, 0), advertisedHeadroomPermille(limit, 0)]).toEqual([0, 0]);
  });

  test('a provider that asks for two seconds is not left alone until its allowance is full again', () => {
    const limit = openModelLimit();
    answer(limit, 0, { tokens: 0, resetMs: 60_000, askedMs: 2000 });
    coolDown(limit.cooling, 2000, 0);
    expect([waitMs(limit, 0), waitMs(limit, 1999), waitMs(limit, 2000)]).toEqual([2000, 1, 0]);
    expect(advertisedHeadroomPermille(limit, 2000)).toBe(0);
  });
});

describe('headroom', () => {
  test.each([
    [100, 1000],
    [21, 1000],
    [20, 1000],
    [10, 500],
    [1, 50],
    [0, 0],
  ])('with %i of 100 left is %i thousandths', (remaining, expected) => {
    expect(headroomPermille(remaining, 100)).toBe(expected);
  });

  test('is a whole number of thousandths and never rises while less remains', () => {
    const numbers = fc.record({
      limit: fc.integer({ min: 1, max: 1e9 }),
      one: fc.nat(1e9),
      other: fc.nat(1e9),
    });
    fc.assert(
      fc.property(numbers, ({ limit, one, other }) => {
        const [less, more] = [Math.min(one, other, limit), Math.min(Math.max(one, other), limit)];
        const [low, high] = [headroomPermille(less, limit), headroomPermille(more, limit)];
        expect(low).toBeLessThanOrEqual(high);
        for (const value of [low, high]) {
          expect(Number.isInteger(value) && value >= 0 && value <= 1000).toBe(true);
        }
      }),
    );
  });

  test('is the smaller of requests and tokens, and full again from the reset on', () => {
    const limit = openModelLimit();
    answer(limit, 0, { requests: 10, tokens: 4 });
    expect(advertisedHeadroomPermille(limit, 0)).toBe(200);
    expect(advertisedHeadroomPermille(limit, 10_000)).toBe(1000);
  });
});

test('a model may be forgotten when nothing of it is under way, holds, or is part of a row of 429s', () => {
  const limit = openModelLimit();
  expect(isForgettable(limit, 0)).toBe(true);
  const call = countSent(limit, 0, 0);
  expect(isForgettable(limit, 0)).toBe(false);
  countSettled(limit, call, null);
  coolDown(limit.cooling, 1000, 0);
  expect([isForgettable(limit, 60_999), isForgettable(limit, 61_000)]).toEqual([false, true]);
  answer(limit, 61_000, { requests: 5 });
  expect([isForgettable(limit, 70_999), isForgettable(limit, 71_000)]).toEqual([false, true]);
});
