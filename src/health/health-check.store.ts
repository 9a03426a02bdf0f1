import type { Db } from '../storage/database.ts';
import type { ProviderHealthCheck } from '../storage/generated/prisma/client.ts';
import type { Prisma } from '../storage/generated/prisma/client.ts';
import type { InvocationStatus } from '../calls/call.ts';
import type { CheckPlace } from './check-cursor.ts';
import type { HealthCheck } from './health-check.ts';

/** A health check as it is stored. */
export type HealthCheckRow = ProviderHealthCheck;

/** Stores checks, those that are there already left as they are. `now`: of the clock that `endedAtMs` is of. */
export async function insertHealthChecks(db: Db, checks: readonly HealthCheck[], now: number): Promise<void> {
  await db.$executeRaw`
    INSERT INTO provider_health_checks
      (id, provider_slug, model_slug, outcome, latency_ms, failure_class, message, cost_micro_usd, probed_at)
    SELECT id, provider_slug, model_slug, outcome, latency_ms, failure_class, message, cost_micro_usd,
      clock_timestamp() - age_ms * interval '1 millisecond'
    FROM unnest(
      ${checks.map(({ id }) => id)}::uuid[],
      ${checks.map(({ providerSlug }) => providerSlug)}::text[],
      ${checks.map(({ modelSlug }) => modelSlug)}::text[],
      ${checks.map(({ outcome }) => outcome)}::text[],
      ${checks.map(({ latencyMs }) => latencyMs)}::int[],
      ${checks.map(({ failureClass }) => failureClass)}::text[],
      ${checks.map(({ message }) => message)}::text[],
      ${checks.map(({ costMicroUsd }) => BigInt(costMicroUsd))}::bigint[],
      ${checks.map(({ endedAtMs }) => Math.max(0, now - endedAtMs))}::float8[]
    ) AS t (id, provider_slug, model_slug, outcome, latency_ms, failure_class, message, cost_micro_usd, age_ms)
    ON CONFLICT (id) DO NOTHING`;
}

/** The database's present, by which checks are dated. */
export async function readHealthClock(db: Db): Promise<Date> {
  const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp()::timestamptz(3) AS now`;
  if (row === undefined) throw new Error('The database does not tell the time');
  return row.now;
}

/** At most `limit` checks probed at or after an instant, but for those that are known already; oldest first. */
export function listHealthChecksSince(
  db: Db,
  since: Date,
  known: readonly string[],
  limit: number,
): Promise<HealthCheckRow[]> {
  return db.providerHealthCheck.findMany({
    where: { probedAt: { gte: since }, id: { notIn: [...known] } },
    orderBy: [{ probedAt: 'asc' }, { id: 'asc' }],
    take: limit,
  });
}

/** Which checks to list; null does not narrow. */
export interface CheckFilter {
  readonly providerSlug: string | null;
  readonly modelSlug: string | null;
  readonly outcome: InvocationStatus | null;
  /** Probed at or after, milliseconds since the epoch. */
  readonly since: number | null;
}

/** The newest `limit` checks that the filter lets through and that are older than `after`, newest first. */
export function listHealthChecks(
  db: Db,
  { providerSlug, modelSlug, outcome, since }: CheckFilter,
  after: CheckPlace | null,
  limit: number,
): Promise<HealthCheckRow[]> {
  const conditions: Prisma.ProviderHealthCheckWhereInput[] = [];
  if (providerSlug !== null) conditions.push({ providerSlug });
  if (modelSlug !== null) conditions.push({ modelSlug });
  if (outcome !== null) conditions.push({ outcome });
  if (since !== null) conditions.push({ probedAt: { gte: new Date(since) } });
  if (after !== null) {
    const probedAt = new Date(after.probedAt);
    // The first condition follows from the second; an index can only begin at the first.
    conditions.push({ probedAt: { lte: probedAt } });
    conditions.push({ OR: [{ probedAt: { lt: probedAt } }, { id: { lt: after.id } }] });
  }
  return db.providerHealthCheck.findMany({
    where: { AND: conditions },
    orderBy: [{ probedAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
}

/** Deletes at most `limit` checks that are older; returns how many. The bound is one that an index can look up. */
export function deleteOldHealthChecks(db: Db, olderThanMs: number, limit: number): Promise<number> {
  return db.$executeRaw`
    DELETE FROM provider_health_checks WHERE id IN (
      SELECT id FROM provider_health_checks
      WHERE probed_at < statement_timestamp() - ${olderThanMs}::float8 * interval '1 millisecond'
      ORDER BY probed_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )`;
}
