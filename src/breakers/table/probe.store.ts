import type { Db } from '../../storage/database.ts';
import { Prisma } from '../../storage/generated/prisma/client.ts';
import type { BreakerWrite } from './breaker-row.ts';
import {
  changeBreakers,
  closed,
  milliseconds,
  nextProbeAt,
  opened,
  rowsOf,
  type Change,
} from './breaker-write.store.ts';
import type { BreakerRule } from '../rule/breaker.ts';
import { FIRST_NEUTRAL_REST_MS, LONGEST_NEUTRAL_REST_MS, type ProbeOutcome } from '../rule/machine.ts';
import { machineReasons } from '../rule/step.ts';

/** A call that wants to be a breaker's probe. */
export interface ProbeClaim {
  readonly key: string;
  /** The attempt's own identity, a UUID. */
  readonly token: string;
  /** How long nobody else may probe. */
  readonly leaseMs: number;
}

/** Makes the call the fleet's one prober, until the lease ends; null: it may not probe, now or at all. */
export async function claimProbe(db: Db, { key, token, leaseMs }: ProbeClaim): Promise<BreakerWrite | null> {
  const [write = null] = await changeBreakers(db, {
    rows: Prisma.sql`${rowsOf([key])} AND mode = 'AUTO' AND state <> 'CLOSED'`,
    when: Prisma.sql`held.now >= ${nextProbeAt}`,
    set: Prisma.sql`
      state = 'HALF_OPEN', open_until = NULL,
      generation = held.generation + (held.state = 'OPEN')::int,
      half_open_at = CASE held.state WHEN 'OPEN' THEN held.now ELSE held.half_open_at END,
      next_probe_at = CASE held.state WHEN 'OPEN' THEN held.now ELSE held.next_probe_at END,
      probe_token = ${token}::uuid, probe_lease_until = held.now + ${milliseconds(leaseMs)}`,
    actor: null,
    reason: machineReasons.coolOffOver,
  });
  return write;
}

/** How a probe of one breaker ended. */
export interface ProbeSettlement extends Pick<ProbeOutcome, 'generation' | 'token'> {
  readonly key: string;
  readonly outcome: Omit<ProbeOutcome, 'generation' | 'token'>;
}

/** Acts on what a prober found out; null: it is not the prober any more, and its outcome counts for nothing. */
export async function settleProbe(
  db: Db,
  rule: BreakerRule,
  { key, generation, token, outcome }: ProbeSettlement,
): Promise<BreakerWrite | null> {
  const [write = null] = await changeBreakers(db, {
    rows: Prisma.sql`${rowsOf([key])} AND mode = 'AUTO' AND state = 'HALF_OPEN' AND generation = ${generation}::int
      AND probe_token = ${token}::uuid`,
    when: Prisma.sql`held.now < held.probe_lease_until`,
    ...whatFollows(rule, outcome),
    actor: null,
  });
  return write;
}

function whatFollows(
  { maxCoolOffMs }: BreakerRule,
  { signal, retryAfterMs, jitter }: ProbeSettlement['outcome'],
): Pick<Change, 'set' | 'reason'> {
  switch (signal) {
    case 'success':
      return {
        set: Prisma.sql`${closed}, generation = held.generation + 1, closed_at = held.now,
          last_success_at = held.now`,
        reason: machineReasons.probeSucceeded,
      };
    case 'failure': {
      const longerMs = Prisma.sql`floor(held.cool_off_ms * 2 * (1 + ${jitter}::float8) + 0.5)`;
      const coolOffMs = Prisma.sql`least(${maxCoolOffMs}::int, ${longerMs}::int)`;
      return {
        set: Prisma.sql`${opened(coolOffMs, coolOffMs)}, last_failure_at = held.now`,
        reason: machineReasons.probeFailed,
      };
    }
    case 'neutral': {
      // Exponents beyond these would only overflow: the cap is long reached.
      const doubledMs = Prisma.sql`${FIRST_NEUTRAL_REST_MS}::float8 * 2 ^ least(held.neutral_probes, 30)`;
      const restMs = Prisma.sql`least(${LONGEST_NEUTRAL_REST_MS}::float8, ${doubledMs})`;
      return {
        set: Prisma.sql`
          probe_token = NULL, probe_lease_until = NULL, neutral_probes = held.neutral_probes + 1,
          next_probe_at = held.now + ${milliseconds(Prisma.sql`coalesce(${retryAfterMs}::float8, ${restMs})`)}`,
        reason: null,
      };
    }
  }
}
