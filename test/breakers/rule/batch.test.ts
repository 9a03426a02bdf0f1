import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addOutcome, openBatch, toAges, type AgedBatch } from '../../../src/breakers/rule/batch.ts';
import type { BreakerSignal } from '../../../src/breakers/rule/breaker.ts';
import { recordOutcomes } from '../../../src/breakers/rule/machine.ts';
import { trips } from '../../../src/breakers/rule/streak.ts';
import { breakerIn, rule } from './breakers.ts';

const batch = openBatch('a/b', 7);
const { threshold, windowMs } = rule;

/** Outcomes in the order of time, often so far apart that a window ends between them. */
const outcomes = (maxGapMs: number, maxLength = 40) =>
  fc
    .array(
      fc.record({
        signal: fc.constantFrom<BreakerSignal>(
          'failure',
          'failure',
          'failure',
          'failure',
          'success',
          'neutral',
        ),
        gapMs: fc.oneof(fc.nat(maxGapMs), fc.nat(Math.floor(maxGapMs / 10))),
      }),
      { maxLength },
    )
    .map((steps) => {
      let at = 0;
      return steps.map(({ signal, gapMs }) => ({ signal, at: (at += gapMs) }));
    });

/** What was written before: too few failures to trip, within one window. */
const streak = fc
  .uniqueArray(fc.nat(windowMs), { maxLength: threshold - 1 })
  .map((instants) => instants.sort((one, other) => one - other));

type Outcomes = readonly { readonly signal: BreakerSignal; readonly at: number }[];

const bounded = (all: Outcomes) =>
  all.reduce((sum, { signal, at }) => addOutcome(sum, rule, { signal, atMs: at }), batch);

/** Drops nothing but what a success ends. */
function complete(all: Outcomes, now: number): AgedBatch {
  const success = all.findLastIndex(({ signal }) => signal === 'success');
  const failures = all.slice(success + 1).filter(({ signal }) => signal === 'failure');
  return {
    key: 'a/b',
    generation: 7,
    successAgeMs: success === -1 ? null : now - all[success]!.at,
    failureAgesMs: failures.map(({ at }) => now - at),
  };
}

/** What both make of a breaker with this streak: all but the instant of the last failure, which may be dropped. */
function decisions(kept: readonly number[], all: Outcomes) {
  const now = (all.at(-1)?.at ?? 0) + 10;
  const decide = (batch: AgedBatch) => {
    const before = breakerIn({ state: 'CLOSED', failures: kept });
    const { breaker, transition } = recordOutcomes(before, rule, batch, now);
    return { breaker, transition };
  };
  return { bounded: decide(toAges(bounded(all), now)), complete: decide(complete(all, now)) };
}

test('what a batch drops never changes what a write makes of the failures that were written before it began', () => {
  fc.assert(
    fc.property(streak, fc.nat(windowMs), outcomes(windowMs), (kept, gapMs, all) => {
      // Nearly always near enough for a row to reach from one into the other.
      const earlier = kept.map((at) => (at - windowMs - gapMs) / 10);
      const decided = decisions(earlier, all);
      expect(decided.bounded).toEqual(decided.complete);
    }),
    { numRuns: 500 },
  );
});

test('a batch that lasts no longer than a window decides as the whole would, whatever others have written meanwhile', () => {
  fc.assert(
    fc.property(
      streak,
      fc.integer({ min: -windowMs, max: windowMs }),
      outcomes(windowMs / 20, 20),
      (kept, shift, all) => {
        const meanwhile = kept.map((at) => at + shift);
        const decided = decisions(meanwhile, all);
        expect(decided.bounded).toEqual(decided.complete);
      },
    ),
    { numRuns: 500 },
  );
});

test('a batch never trips what the whole would not', () => {
  fc.assert(
    fc.property(streak, fc.nat(10 * windowMs), outcomes(windowMs), (kept, shift, all) => {
      const decided = decisions(
        kept.map((at) => at + shift),
        all,
      );
      if (decided.bounded.transition !== null) expect(decided.complete.transition).not.toBeNull();
    }),
    { numRuns: 500 },
  );
});

test('one instance’s outcomes, written together, trip when they do written one by one', () => {
  fc.assert(
    fc.property(outcomes(windowMs), (all) => {
      // A success that shares its batch with a trip before it ends that row too: see the next test.
      const row = all.filter(({ signal }) => signal !== 'success');
      const end = row.at(-1)?.at ?? 0;
      const together = recordOutcomes(
        breakerIn({ state: 'CLOSED', failures: [] }),
        rule,
        toAges(bounded(row), end),
        end,
      );
      let single = breakerIn({ state: 'CLOSED', failures: [] });
      for (const { signal, at } of row) {
        const one = toAges(addOutcome(batch, rule, { signal, atMs: at }), at);
        single = recordOutcomes(single, rule, one, at).breaker;
      }
      expect(together.breaker.phase.state).toBe(single.phase.state);
    }),
  );
});

test('a success ends every failure before it, a tripping row that is not yet written included', () => {
  const row: Outcomes = [1, 2, 3, 4, 5].map((at) => ({ signal: 'failure', at }));
  expect(bounded([...row, { signal: 'success', at: 6 }])).toEqual({ ...batch, successAt: 6 });
});

test('a burst or a long outage never makes a batch large', () => {
  fc.assert(
    fc.property(fc.nat(windowMs), (gapMs) => {
      let sum = batch;
      let largest = 0;
      for (let count = 0; count < 500; count += 1) {
        sum = addOutcome(sum, rule, { signal: 'failure', atMs: count * gapMs });
        largest = Math.max(largest, sum.failures.length);
      }
      expect(largest).toBeLessThan(2 * threshold);
      expect(
        trips(
          sum.failures.map(({ at }) => at),
          rule,
        ),
      ).toBe((threshold - 1) * gapMs <= windowMs);
    }),
  );
});

test('a neutral outcome, and a failure after a tripping row, leave the batch as it is', () => {
  expect(addOutcome(batch, rule, { signal: 'neutral', atMs: 1 })).toBe(batch);
  const tripping = bounded([1, 2, 3, 4, 5].map((at) => ({ signal: 'failure', at })));
  expect(addOutcome(tripping, rule, { signal: 'failure', atMs: 6 })).toBe(tripping);
});

test('one tenant’s tripping row still takes the failure of another, which may be what it takes to trip', () => {
  const of = (tenant: string, atMs: number) => ({ signal: 'failure' as const, atMs, tenant });
  const row = [1, 2, 3, 4, 5].reduce((sum, at) => addOutcome(sum, rule, of('t', at)), batch);
  expect(addOutcome(row, rule, of('t', 6))).toBe(row);
  const mixed = addOutcome(row, rule, of('u', 7));
  expect(toAges(mixed, 10).failureTenants).toEqual(['t', 't', 't', 't', 't', 'u']);
  expect(addOutcome(mixed, rule, of('v', 8))).toBe(mixed);
});

test('ages are whole milliseconds, keep the order of events and are never in the future', () => {
  const sum = bounded([
    { signal: 'success', at: 10.4 },
    { signal: 'failure', at: 10.4 },
    { signal: 'failure', at: 12.9 },
  ]);
  expect(toAges(sum, 20)).toEqual({ key: 'a/b', generation: 7, successAgeMs: 10, failureAgesMs: [10, 7] });
  expect(toAges(sum, 12)).toMatchObject({ failureAgesMs: [2, 0] });
});
