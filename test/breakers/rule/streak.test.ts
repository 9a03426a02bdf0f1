import fc from 'fast-check';
import { expect, test } from 'vitest';
import { untouched, type Breaker } from '../../../src/breakers/rule/breaker.ts';
import { recordOutcomes } from '../../../src/breakers/rule/machine.ts';
import { batchOf, closed, failuresAt, rule } from './breakers.ts';

/** Each failure written by itself, at the instant at which it happened. */
const oneByOne = (breaker: Breaker, ...instants: number[]): Breaker =>
  instants.reduce(
    (before, at) => recordOutcomes(before, rule, batchOf(before, failuresAt(at), at), at).breaker,
    breaker,
  );

const streakOf = ({ phase }: Breaker) => (phase.state === 'CLOSED' ? phase.failures : phase.state);

test('the fourth failure in a row does not trip, the fifth does, and there is no sixth', () => {
  const four = oneByOne(untouched('a/b'), 1, 2, 3, 4);
  expect(streakOf(four)).toEqual([1, 2, 3, 4]);
  const five = oneByOne(four, 5);
  expect(five).toMatchObject({
    generation: 1,
    tripCount: 1,
    revision: 5,
    phase: { state: 'OPEN', openUntil: 5 + rule.coolOffMs, coolOffMs: rule.coolOffMs },
  });
  expect(oneByOne(five, 6)).toBe(five);
  // Admitted before the trip, ended after it.
  const late = batchOf(four, failuresAt(6), 6);
  expect(recordOutcomes(five, rule, late, 6).breaker).toBe(five);
});

test('a breaker that nothing was ever written of counts its first failures like any other', () => {
  const now = 5;
  const batch = batchOf(untouched('a/b'), failuresAt(0, 0, 0, 0, 0), now);
  const { breaker, transition } = recordOutcomes(untouched('a/b'), rule, batch, now);
  expect(breaker).toMatchObject({ revision: 1, generation: 1, phase: { state: 'OPEN' } });
  expect(transition).toMatchObject({ from: 'CLOSED', to: 'OPEN', generation: 1, actor: null, mode: 'AUTO' });
});

test.each([
  [rule.windowMs, 'OPEN'],
  [rule.windowMs + 1, [100, 200, 300, 100 + rule.windowMs]],
])('five failures of which the last comes %i ms after the first leave %o', (spanMs, then) => {
  expect(streakOf(oneByOne(closed(), 99, 100, 200, 300, 99 + spanMs))).toEqual(then);
});

test('the window slides: it has no edges at which failures stop counting', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(rule.windowMs), { minLength: 5, maxLength: 5 }),
      fc.nat(),
      (offsets, origin) => {
        const instants = offsets.sort((one, other) => one - other).map((offset) => origin + offset);
        expect(streakOf(oneByOne(closed(), ...instants))).toBe('OPEN');
      },
    ),
  );
});

test('after an idle hour nothing of the old streak counts', () => {
  const hour = 3_600_000;
  const idle = oneByOne(closed(1, 2, 3, 4), hour);
  expect(streakOf(idle)).toEqual([hour]);
  expect(streakOf(oneByOne(idle, hour + 1, hour + 2, hour + 3))).toHaveLength(4);
});

test('a success ends the failures before it, and no later ones, in whatever order they are told', () => {
  const success = batchOf(closed(), [['success', 20]], 40);
  expect(streakOf(recordOutcomes(closed(10, 20, 30), rule, success, 40).breaker)).toEqual([30]);
  const between = [...failuresAt(10, 11, 12, 13), ['success', 20] as const, ...failuresAt(21, 22)];
  const { breaker } = recordOutcomes(closed(9), rule, batchOf(closed(), between, 40), 40);
  expect(streakOf(breaker)).toEqual([21, 22]);
});

test('a success without a streak, or older than all of it, writes nothing', () => {
  const success = batchOf(closed(), [['success', 20]], 40);
  for (const breaker of [closed(), closed(21, 30)]) {
    expect(recordOutcomes(breaker, rule, success, 40).breaker).toBe(breaker);
  }
});

test('what trips in the middle of a batch is not undone by a failure long after it', () => {
  const late = 10 * rule.windowMs;
  const batch = batchOf(closed(), failuresAt(4, late), late);
  expect(streakOf(recordOutcomes(closed(0, 1, 2, 3), rule, batch, late).breaker)).toBe('OPEN');
});

test('a client that goes away, or is refused for its own sake, never counts against a model', () => {
  let breaker = closed(1, 2, 3, 4);
  for (let at = 5; at < 1_000; at += 1) {
    breaker = recordOutcomes(breaker, rule, batchOf(breaker, [['neutral', at]], at), at).breaker;
  }
  expect(streakOf(breaker)).toEqual([1, 2, 3, 4]);
  // Nor does it speak for it: the streak goes on.
  expect(streakOf(oneByOne(breaker, 1_000))).toBe('OPEN');
});

test('instances’ failures within a window trip alike in every order and however they are divided', () => {
  const failures = fc.array(fc.record({ at: fc.nat(rule.windowMs), from: fc.nat(3) }), { maxLength: 8 });
  fc.assert(
    fc.property(failures, fc.infiniteStream(fc.nat()), (all, order) => {
      const now = 2 * rule.windowMs;
      const batches = [0, 1, 2, 3]
        .map((instance) => all.filter(({ from }) => from === instance).map(({ at }) => at))
        .map((instants) => failuresAt(...instants.sort((one, other) => one - other)))
        .map((outcomes) => ({ batch: batchOf(closed(), outcomes, now), rank: order.next().value }))
        .sort((one, other) => one.rank - other.rank);
      const breaker = batches.reduce(
        (before, { batch }) => recordOutcomes(before, rule, batch, now).breaker,
        closed(),
      );
      const sorted = all.map(({ at }) => at).sort((one, other) => one - other);
      expect(streakOf(breaker)).toEqual(all.length >= rule.threshold ? 'OPEN' : sorted);
    }),
  );
});
