import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  coolDown,
  coolingMs,
  liftCoolDowns,
  noteWell,
  openCooling,
  replaceRemoteCoolDowns,
  type RemoteCoolDown,
} from '../../src/limits/cool-down.ts';

describe('cool-downs', () => {
  test('of 429s that do not say double from 5 s to 60 s while they follow each other', () => {
    const cooling = openCooling();
    let now = 0;
    const lengths = [1, 2, 3, 4, 5, 6].map(() => {
      coolDown(cooling, null, now);
      const lengthMs = coolingMs(cooling, now);
      now += lengthMs;
      return lengthMs;
    });
    expect(lengths).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  test('begin at 5 s again after a success, but not after one that was sent before the 429', () => {
    const cooling = openCooling();
    coolDown(cooling, null, 100);
    noteWell(cooling, 0);
    coolDown(cooling, null, 5100);
    expect(coolingMs(cooling, 5100)).toBe(10_000);
    noteWell(cooling, 15_100);
    coolDown(cooling, null, 15_200);
    expect(coolingMs(cooling, 15_200)).toBe(5000);
  });

  test('begin at 5 s again when nobody has asked for a minute', () => {
    const cooling = openCooling();
    coolDown(cooling, null, 0);
    coolDown(cooling, null, 65_000);
    expect(coolingMs(cooling, 65_000)).toBe(5000);
  });

  test('of calls that were refused together count as one', () => {
    const cooling = openCooling();
    for (const now of [0, 3, 7]) coolDown(cooling, null, now);
    expect(coolingMs(cooling, 7)).toBe(5000);
    coolDown(cooling, null, 5007);
    expect(coolingMs(cooling, 5007)).toBe(10_000);
  });

  test('follow what the provider asks for; a request for no pause at all is none', () => {
    const cooling = openCooling();
    coolDown(cooling, 2000, 0);
    expect(coolingMs(cooling, 0)).toBe(2000);
    coolDown(cooling, 0, 2000);
    expect(coolingMs(cooling, 2000)).toBe(5000);
  });

  test.each([NaN, -1, -Infinity])('last 5 s where the provider asks for %s', (askedMs) => {
    const cooling = openCooling();
    coolDown(cooling, askedMs, 0);
    expect(coolingMs(cooling, 0)).toBe(5000);
  });

  test.each([3_600_001, 1e15, Infinity])(
    'are believed for an hour at most, where %s ms are asked for',
    (askedMs) => {
      const cooling = openCooling();
      coolDown(cooling, askedMs, 0);
      expect(coolingMs(cooling, 0)).toBe(3_600_000);
    },
  );

  test('end no sooner for any other that is met or heard of: the latest end counts', () => {
    const step = fc.record({
      afterMs: fc.nat(20_000),
      askedMs: fc.option(fc.integer({ min: 1, max: 90_000 })),
      heard: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const cooling = openCooling();
        const met: RemoteCoolDown[] = [];
        let now = 0;
        let latestEnd = 0;
        for (const { afterMs, askedMs, heard } of steps) {
          now += afterMs;
          const endBefore = now + coolingMs(cooling, now);
          if (heard) {
            met.push({ beganAtMs: now, untilMs: now + (askedMs ?? 1), backOffMs: 0 });
            replaceRemoteCoolDowns(cooling, met);
          } else coolDown(cooling, askedMs, now);
          const end = now + coolingMs(cooling, now);
          expect(end).toBeGreaterThanOrEqual(endBefore);
          latestEnd = Math.max(latestEnd, askedMs === null ? now + (heard ? 1 : 5000) : now + askedMs);
          expect(end).toBeGreaterThanOrEqual(latestEnd);
          latestEnd = end;
        }
      }),
    );
  });

  test('tell by how much their end has moved', () => {
    const cooling = openCooling();
    expect(coolDown(cooling, 2000, 100)).toBe(2000);
    expect(coolDown(cooling, 1000, 200)).toBe(0);
    expect(coolDown(cooling, 2000, 300)).toBe(200);
  });

  test('that others have met go on in the row: the next one here is longer than theirs', () => {
    const cooling = openCooling();
    replaceRemoteCoolDowns(cooling, [{ beganAtMs: 0, untilMs: 3000, backOffMs: 10_000 }]);
    coolDown(cooling, null, 3000);
    expect(coolingMs(cooling, 3000)).toBe(20_000);
  });

  test('that others have met are no part of a row that a later success here has ended', () => {
    const cooling = openCooling();
    noteWell(cooling, 100);
    replaceRemoteCoolDowns(cooling, [{ beganAtMs: 50, untilMs: 3000, backOffMs: 10_000 }]);
    coolDown(cooling, null, 3000);
    expect(coolingMs(cooling, 3000)).toBe(5000);
  });

  test('are over when the model was found well after they began, and begin at 5 s again', () => {
    const cooling = openCooling();
    for (const now of [0, 5000]) coolDown(cooling, null, now);
    replaceRemoteCoolDowns(cooling, [{ beganAtMs: 5100, untilMs: 90_000, backOffMs: 0 }]);
    liftCoolDowns(cooling, 5050);
    expect(coolingMs(cooling, 6000)).toBe(84_000);
    liftCoolDowns(cooling, 6000);
    expect(coolingMs(cooling, 6000)).toBe(0);
    coolDown(cooling, null, 6001);
    expect(coolingMs(cooling, 6001)).toBe(5000);
  });
});
