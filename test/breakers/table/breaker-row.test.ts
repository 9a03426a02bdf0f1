import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  placeAt,
  toBreakerRow,
  toStored,
  type BreakerColumns,
  type BreakerRow,
} from '../../../src/breakers/table/breaker-row.ts';
import type { Breaker, BreakerControl } from '../../../src/breakers/rule/breaker.ts';
import { breakerIn, opened } from '../rule/breakers.ts';

test('a row as it was read and a breaker on a clock are two things to the compiler', () => {
  const breaker: Breaker = opened(1_000);
  // @ts-expect-error -- it has no clock yet: a row becomes a breaker by placing it on one.
  const placed: Breaker = {} as BreakerRow;
  // @ts-expect-error -- it has a clock already: placing it once more would move its instants.
  expect(placeAt(breaker, 500).phase).toEqual({ ...breaker.phase, openUntil: 1_500 });
  expect(placed).toEqual({});
});

const instant = fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 });
const phase = fc.oneof(
  fc.record({
    state: fc.constant('CLOSED' as const),
    failures: fc.array(instant, { maxLength: 5 }).map((some) => some.sort((one, other) => one - other)),
  }),
  fc.record({
    state: fc.constant('OPEN' as const),
    openUntil: instant,
    coolOffMs: fc.nat(),
  }),
  fc.record({
    state: fc.constant('HALF_OPEN' as const),
    coolOffMs: fc.nat(),
    probe: fc.option(fc.record({ token: fc.uuid(), leaseUntil: instant })),
    nextProbeAt: instant,
    neutralProbes: fc.nat(),
  }),
);
const control = fc.oneof(
  fc.constant<BreakerControl>({ mode: 'AUTO' }),
  fc.record({
    mode: fc.constantFrom('FORCED_OPEN' as const, 'FORCED_CLOSED' as const),
    actor: fc.string(),
    reason: fc.string(),
    until: fc.option(instant),
  }),
);
const history = fc.record({
  openedAt: fc.option(instant),
  halfOpenAt: fc.option(instant),
  closedAt: fc.option(instant),
  lastFailureAt: fc.option(instant),
  lastSuccessAt: fc.option(instant),
});

test('what is written of a breaker is what is read of it, whenever that is', () => {
  fc.assert(
    fc.property(phase, control, history, instant, (itsPhase, itsControl, itsHistory, readAt) => {
      const breaker = breakerIn(itsPhase, {
        control: itsControl,
        history: itsHistory,
      });
      const stored = toStored(breaker);
      const ahead = (at: number | null) => (at === null ? null : at - readAt);
      const columns: BreakerColumns = {
        ...{ provider_slug: 'openai', model_slug: 'gpt-5-mini', revision: breaker.revision },
        ...stored,
        failures_in_ms: stored.failures_ms.map((at) => at - readAt),
        wary_in_ms: stored.wary_until_ms.map((at) => at - readAt),
        open_until_in_ms: ahead(stored.open_until_ms),
        next_probe_in_ms: ahead(stored.next_probe_at_ms),
        probe_lease_in_ms: ahead(stored.probe_lease_until_ms),
        mode_until_in_ms: ahead(stored.mode_until_ms),
        opened_at_ms: stored.history.openedAt,
        half_open_at_ms: stored.history.halfOpenAt,
        closed_at_ms: stored.history.closedAt,
        last_failure_at_ms: stored.history.lastFailureAt,
        last_success_at_ms: stored.history.lastSuccessAt,
      };
      expect(placeAt(toBreakerRow(columns), readAt)).toEqual(breaker);
    }),
  );
});
