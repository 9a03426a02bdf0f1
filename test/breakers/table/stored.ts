import { once } from 'node:events';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { AgedBatch } from '../../../src/breakers/rule/batch.ts';
import type { BreakerRow, BreakerWrite } from '../../../src/breakers/table/breaker-row.ts';
import { loadBreakers } from '../../../src/breakers/table/breaker.store.ts';
import type { BreakerPhase, BreakerState } from '../../../src/breakers/rule/breaker.ts';
import { splitModelKey } from '../../../src/providers/model-key.ts';
import { recordOutcomes } from '../../../src/breakers/table/outcome.store.ts';
import type { Db } from '../../../src/storage/database.ts';
import { PrismaClient } from '../../../src/storage/generated/prisma/client.ts';
import { rule } from '../rule/breakers.ts';

let keys = 0;

/** A model that no other test of this file has touched; later keys come later in order. */
export function freshKey(): string {
  keys += 1;
  return `openai/model-${String(keys).padStart(6, '0')}`;
}

/** Failures so long ago, after which no success came. */
export function failed(key: string, generation: number, ...failureAgesMs: number[]): AgedBatch {
  return { key, generation, successAgeMs: null, failureAgesMs };
}

/** A success so long ago, and failures after it. */
export function succeeded(
  key: string,
  generation: number,
  successAgeMs: number,
  ...ages: number[]
): AgedBatch {
  return { key, generation, successAgeMs, failureAgesMs: ages };
}

/** Trips a closed breaker. */
export async function trip(db: Db, key: string, generation = 0): Promise<BreakerWrite> {
  const [write] = await recordOutcomes(db, rule, [failed(key, generation, 4, 3, 2, 1, 0)]);
  return write!;
}

/** What is stored of a breaker; undefined: nothing. */
export async function stored(db: Db, key: string): Promise<BreakerRow | undefined> {
  const { rows } = await loadBreakers(db);
  return rows.find((row) => row.key === key);
}

/** A phase that must be of this state. */
export function phaseOf<S extends BreakerState>(
  { phase }: { readonly phase: BreakerPhase },
  state: S,
): Extract<BreakerPhase, { state: S }> {
  if (phase.state !== state) throw new Error(`the breaker is ${phase.state}, not ${state}`);
  return phase as Extract<BreakerPhase, { state: S }>;
}

/** Everything that a breaker waits for comes nearer, as if so much time had passed: a write of its own. */
export async function letPass(db: Db, key: string, ms: number): Promise<void> {
  const { providerSlug, modelSlug } = splitModelKey(key)!;
  await db.$executeRaw`
    UPDATE circuit_breakers AS breaker
    SET revision = revision + 1,
        failure_instants = ARRAY(
          SELECT instant - passed.time FROM unnest(failure_instants) AS instant ORDER BY instant
        ),
        opened_at = opened_at - passed.time, half_open_at = half_open_at - passed.time,
        closed_at = closed_at - passed.time, last_failure_at = last_failure_at - passed.time,
        last_success_at = last_success_at - passed.time, open_until = open_until - passed.time,
        next_probe_at = next_probe_at - passed.time, probe_lease_until = probe_lease_until - passed.time,
        mode_until = mode_until - passed.time,
        wary_until = ARRAY(
          SELECT until - passed.time FROM unnest(wary_until) WITH ORDINALITY AS wary (until, place) ORDER BY place
        )
    FROM (SELECT ${ms}::float8 * interval '1 millisecond' AS time) AS passed
    WHERE provider_slug = ${providerSlug} AND model_slug = ${modelSlug}`;
}

/** All transitions' numbers that a reader sees now, in order. */
export async function transitionSeqs(db: Db): Promise<number[]> {
  const rows = await db.breakerTransition.findMany({ orderBy: { seq: 'asc' }, select: { seq: true } });
  return rows.map(({ seq }) => Number(seq));
}

/** As many clients, each with the one connection of its own. */
export function openSessions(url: string, count: number, timeZone = 'UTC'): Sessions {
  const pools = Array.from(
    { length: count },
    () => new pg.Pool({ connectionString: url, max: 1, options: `-c timezone=${timeZone}` }),
  );
  const clients = pools.map(
    (pool) => new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' }),
  );
  const closed: Promise<unknown>[] = [];
  for (const pool of pools) pool.on('connect', (client) => closed.push(once(client, 'end')));
  return {
    clients,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.$disconnect()));
      await Promise.all(pools.map((pool) => pool.end()));
      // A pool has ended before its connections have, and those that are still open notice that their database goes.
      await Promise.all(closed);
    },
  };
}

export interface Sessions extends AsyncDisposable {
  readonly clients: readonly PrismaClient[];
}
