import type { NumberedTable } from '../events/numbered-table.ts';
import type { Db } from '../storage/database.ts';
import type { Clock } from '../system/clock.ts';
import { singleFlight } from '../system/one-at-a-time.ts';
import { listHealthChecksSince, readHealthClock, type HealthCheckRow } from './health-check.store.ts';

/** A check with the number that this instance has given it. */
export interface NumberedCheck {
  readonly seq: number;
  readonly check: HealthCheckRow;
}

/**
 * How much later than a newer one a check may become visible. Their instants are those of transactions that end in
 * any order, and nothing numbers them: a reader looks back so far and passes over what it has seen.
 */
const LATE_MS = 10_000;

/** Checks that are kept for subscribers that lag. */
const KEPT = 1_000;

const PAGE = 500;

/** After so long without a look nobody follows, and whoever comes begins with what is new then. */
const IDLE_MS = 10_000;

/** Numbers health checks in the order in which this instance finds them. To be read by one reader. */
export function numberChecks({
  db,
  clock,
}: {
  readonly db: Db;
  readonly clock: Clock;
}): NumberedTable<NumberedCheck> {
  let recent: NumberedCheck[] = [];
  let seq = 0;
  let begun = new Date(0);
  let newest = new Date(0);
  /** Those that a look back would find again, by id. */
  let seen = new Map<string, Date>();
  let lookedAtMs = -Infinity;

  const look = singleFlight(async () => {
    const isIdle = clock.monotonicMs() - lookedAtMs > IDLE_MS;
    lookedAtMs = clock.monotonicMs();
    if (isIdle) {
      begun = newest = await readHealthClock(db);
      seen = new Map();
      return;
    }
    const since = new Date(Math.max(begun.getTime(), newest.getTime() - LATE_MS));
    const found = await listHealthChecksSince(db, since, [...seen.keys()], PAGE);
    for (const check of found) {
      recent.push({ seq: (seq += 1), check });
      seen.set(check.id, check.probedAt);
      if (check.probedAt > newest) newest = check.probedAt;
    }
    recent = recent.slice(-KEPT);
    const horizonMs = newest.getTime() - LATE_MS;
    for (const [id, probedAt] of seen) if (probedAt.getTime() < horizonMs) seen.delete(id);
  });

  return {
    topic: 'health',
    keyOf: () => '',
    placeOf: ({ seq: place }) => ({ seq: place, mark: null }),
    async readHeads() {
      await look();
      return new Map([['', { seq, mark: null }]]);
    },
    async readAfter(_key, afterSeq, limit) {
      if (afterSeq >= seq) await look();
      return recent.filter((numbered) => numbered.seq > afterSeq).slice(0, limit);
    },
    // The numbers are this instance's own, and no database takes them back.
    holds: async () => true,
    readForgotten: async () => seq - recent.length,
  };
}
