import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  adoptCoolDown,
  adoptReading,
  advertisedHeadroomPermille,
  coolDown,
  coolingMs,
  countSent,
  countSettled,
  headroomPermille,
  isForgettable,
  learnLimits,
  noteSuccess,
  openModelLimit,
  remainingOf,
  waitMs,
  type ModelLimit,
} from '../../src/limits/provider-limit.ts';

/** Learns from a call that is sent, and answered at once. */
function learn(
  limit: ModelLimit,
  now: number,
  told: { requests?: number; tokens?: number; limit?: number; resetMs?: number | null; askedMs?: number },
): void {
  const call = countSent(limit, 0, now);
  countSettled(limit, call, 0);
  const { limit: most = 100, resetMs = 10_000, askedMs = null } = told;
  const allowance = (remaining?: number) =>
    remaining === undefined ? null : { limit: most, remaining, resetMs };
  learnLimits(
    limit,
    call,
    { requests: allowance(told.requests), tokens: allowance(told.tokens), askedMs },
    now,
  );
}

describe('cool-downs', () => {
  test('of 429s that do not say double from 5 s to 60 s while they follow each other', () => {
    const limit = openModelLimit();
    let now = 0;
    const lengths = [1, 2, 3, 4, 5, 6].map(() => {
      coolDown(limit, null, now);
      const lengthMs = coolingMs(limit, now);
      now += lengthMs;
      return lengthMs;
    });
    expect(lengths).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  test('begin at 5 s again after a success, but not after one that was sent before the 429', () => {
    const limit = openModelLimit();
    const early = countSent(limit, 0, 0);
    coolDown(limit, null, 100);
    noteSuccess(limit, early);
    coolDown(limit, null, 5100);
    expect(coolingMs(limit, 5100)).toBe(10_000);
    noteSuccess(limit, countSent(limit, 0, 15_100));
    coolDown(limit, null, 15_200);
    expect(coolingMs(limit, 15_200)).toBe(5000);
  });

  test('begin at 5 s again when nobody has asked for a minute', () => {
    const limit = openModelLimit();
    coolDown(limit, null, 0);
    coolDown(limit, null, 65_000);
    expect(coolingMs(limit, 65_000)).toBe(5000);
  });

  test('of calls that were refused together count as one', () => {
    const limit = openModelLimit();
    for (const now of [0, 3, 7]) coolDown(limit, null, now);
    expect(coolingMs(limit, 7)).toBe(5000);
    coolDown(limit, null, 5007);
    expect(coolingMs(limit, 5007)).toBe(10_000);
  });

  test('follow what the provider asks for; a request for no silence at all is none', () => {
    const limit = openModelLimit();
    coolDown(limit, 2000, 0);
    expect(coolingMs(limit, 0)).toBe(2000);
    coolDown(limit, 0, 2000);
    expect(coolingMs(limit, 2000)).toBe(5000);
  });

  test('end no sooner for any other that is met or heard of: the latest end counts', () => {
    const step = fc.record({
      afterMs: fc.nat(20_000),
      askedMs: fc.option(fc.integer({ min: 1, max: 90_000 })),
      heard: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const limit = openModelLimit();
        let now = 0;
        let latestEnd = 0;
        for (const { afterMs, askedMs, heard } of steps) {
          now += afterMs;
          const endBefore = now + coolingMs(limit, now);
          if (heard) adoptCoolDown(limit, { leftMs: askedMs ?? 1, backOffMs: 0 }, now);
          else coolDown(limit, askedMs, now);
          const end = now + coolingMs(limit, now);
          expect(end).toBeGreaterThanOrEqual(endBefore);
          latestEnd = Math.max(latestEnd, askedMs === null ? now + (heard ? 1 : 5000) : now + askedMs);
          expect(end).toBeGreaterThanOrEqual(latestEnd);
          latestEnd = end;
        }
      }),
    );
  });

  test('tell by how much their end has moved', () => {
    const limit = openModelLimit();
    expect(coolDown(limit, 2000, 100)).toBe(2000);
    expect(coolDown(limit, 1000, 200)).toBe(0);
    expect(coolDown(limit, 2000, 300)).toBe(200);
  });

  test('that others have met go on in the row: the next one here is longer than theirs', () => {
    const limit = openModelLimit();
    adoptCoolDown(limit, { leftMs: 3000, backOffMs: 10_000 }, 0);
    coolDown(limit, null, 3000);
    expect(coolingMs(limit, 3000)).toBe(20_000);
  });
});

describe('what remains', () => {
  test('is lowered by what was sent since the call that told, also while that one was under way', () => {
    const limit = openModelLimit();
    countSent(limit, 50, 0);
    const telling = countSent(limit, 50, 1);
    countSent(limit, 30, 2);
    const told = { limit: 100, remaining: 40, resetMs: 10_000 };
    learnLimits(limit, telling, { requests: told, tokens: told, askedMs: null }, 3);
    expect([remainingOf(limit.requests, 3), remainingOf(limit.tokens, 3)]).toEqual([39, 10]);
    countSent(limit, 30, 4);
    expect([remainingOf(limit.requests, 4), remainingOf(limit.tokens, 4)]).toEqual([38, 0]);
  });

  test('is corrected to what calls sent since have really taken', () => {
    const limit = openModelLimit();
    const before = countSent(limit, 50, 0);
    learn(limit, 1, { tokens: 80 });
    const after = countSent(limit, 60, 2);
    countSettled(limit, before, 0);
    expect(remainingOf(limit.tokens, 3)).toBe(20);
    countSettled(limit, after, 25);
    expect(remainingOf(limit.tokens, 3)).toBe(55);
  });

  test('of a response that was overtaken by a later call’s is old news', () => {
    const limit = openModelLimit();
    const slow = countSent(limit, 0, 0);
    learn(limit, 5, { requests: 7 });
    const old = { limit: 100, remaining: 90, resetMs: 10_000 };
    learnLimits(limit, slow, { requests: old, tokens: null, askedMs: null }, 6);
    expect(remainingOf(limit.requests, 6)).toBe(7);
  });

  test('is unknown from the reset on, or a minute after a header that names none', () => {
    const limit = openModelLimit();
    learn(limit, 0, { requests: 7, resetMs: 5000 });
    expect([remainingOf(limit.requests, 4999), remainingOf(limit.requests, 5000)]).toEqual([7, null]);
    learn(limit, 6000, { requests: 7, resetMs: null });
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
              learnLimits(limit, call, { requests: told, tokens: told, askedMs: null }, now);
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

  test('that another instance has read counts when it is newer and stricter', () => {
    const reading = (remaining: number, learnedAtMs: number) => {
      const times = { untilMs: 20_000, resets: true, waitUntilMs: 20_000 };
      return { limit: 100, remaining, learnedAtMs, ...times };
    };
    const limit = openModelLimit();
    adoptReading(limit.requests, reading(60, 100), 200);
    expect(remainingOf(limit.requests, 200)).toBe(60);
    countSent(limit, 0, 300);
    adoptReading(limit.requests, reading(60, 150), 310);
    expect(remainingOf(limit.requests, 310)).toBe(59);
    adoptReading(limit.requests, reading(5, 50), 320);
    expect(remainingOf(limit.requests, 320)).toBe(59);
    adoptReading(limit.requests, reading(5, 325), 330);
    expect(remainingOf(limit.requests, 330)).toBe(5);
    learn(limit, 400, { requests: 30 });
    adoptReading(limit.requests, reading(5, 325), 410);
    expect(remainingOf(limit.requests, 410)).toBe(30);
  });
});

describe('waiting', () => {
  test('lasts until the reset of whatever is used up', () => {
    const limit = openModelLimit();
    learn(limit, 0, { requests: 1, tokens: 50, resetMs: 8000 });
    expect(waitMs(limit, 0)).toBe(0);
    countSent(limit, 20, 100);
    expect(waitMs(limit, 100)).toBe(7900);
    expect(waitMs(limit, 8000)).toBe(0);
  });

  test('is for nothing where no reset was named', () => {
    const limit = openModelLimit();
    learn(limit, 0, { requests: 0, resetMs: null });
    expect([waitMs(limit, 0), advertisedHeadroomPermille(limit, 0)]).toEqual([0, 0]);
  });

  test('a provider that asks for two seconds is not left alone until its allowance is full again', () => {
    const limit = openModelLimit();
    learn(limit, 0, { tokens: 0, resetMs: 60_000, askedMs: 2000 });
    coolDown(limit, 2000, 0);
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
    learn(limit, 0, { requests: 10, tokens: 4 });
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
  coolDown(limit, 1000, 0);
  expect([isForgettable(limit, 60_999), isForgettable(limit, 61_000)]).toEqual([false, true]);
  learn(limit, 61_000, { requests: 5 });
  expect([isForgettable(limit, 70_999), isForgettable(limit, 71_000)]).toEqual([false, true]);
});
