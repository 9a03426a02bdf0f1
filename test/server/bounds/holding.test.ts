import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isTooSlow,
  LEAST_BYTES_PER_SECOND,
  LONGEST_ARRIVAL_MS,
  SLOW_GRACE_MS,
} from '../../../src/server/bounds/arrival.ts';
import { createCaps } from '../../../src/server/bounds/caps.ts';
import { createHeldBytes } from '../../../src/server/bounds/held-bytes.ts';

describe('caps', () => {
  test('each holder may hold so many, and gives one back once, however often it says so', () => {
    const caps = createCaps(2);
    const one = caps.take('a');
    caps.take('a');
    expect(caps.take('a')).toBeUndefined();
    expect(caps.take('b')).toBeDefined();
    one?.[Symbol.dispose]();
    one?.[Symbol.dispose]();
    expect(caps.count('a')).toBe(1);
    expect(caps.take('a')).toBeDefined();
    expect(caps.take('a')).toBeUndefined();
  });
});

describe('held bytes', () => {
  test('one holder gets its share at most, and all together what there is', () => {
    const held = createHeldBytes({ all: 100, share: 60 });
    const one = held.hold('key:a', 'address:1');
    expect(one.grow(60)).toBeUndefined();
    expect(one.grow(1)).toBe('share');
    expect(held.hold('key:a', 'address:2').grow(1)).toBe('share');
    expect(held.hold('key:b', 'address:1').grow(1)).toBe('share');
    const other = held.hold('key:b', 'address:2');
    expect(other.grow(41)).toBe('all');
    expect(other.grow(40)).toBeUndefined();
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    expect(held.total()).toBe(40);
    expect(other.grow(20)).toBeUndefined();
  });

  test('whatever is taken and given back, nothing is lost and no limit is passed', () => {
    const step = fc.tuple(fc.nat(3), fc.integer({ min: -50, max: 50 }));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const held = createHeldBytes({ all: 100, share: 60 });
        const holds = [0, 1, 2, 3].map((index) => held.hold(`key:${index % 2}`));
        for (const [index, bytes] of steps) {
          if (bytes < 0) holds[index]?.shrink(-bytes);
          else holds[index]?.grow(bytes);
          expect(held.total()).toBeGreaterThanOrEqual(0);
          expect(held.total()).toBeLessThanOrEqual(100);
        }
        for (const hold of holds) hold[Symbol.dispose]();
        expect(held.total()).toBe(0);
        expect(held.hold('key:0').grow(60)).toBeUndefined();
      }),
    );
  });
});

test('what comes is waited for as long as it comes fast enough, and never for ever', () => {
  expect(isTooSlow(SLOW_GRACE_MS - 1, 0)).toBe(false);
  expect(isTooSlow(SLOW_GRACE_MS, 0)).toBe(true);
  expect(isTooSlow(20_000, 20 * LEAST_BYTES_PER_SECOND)).toBe(false);
  expect(isTooSlow(20_000, 20 * LEAST_BYTES_PER_SECOND - 1)).toBe(true);
  expect(isTooSlow(LONGEST_ARRIVAL_MS, Number.MAX_SAFE_INTEGER)).toBe(true);
});
