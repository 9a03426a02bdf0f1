import type { Db } from '../storage/database.ts';
import type { ProviderHealthCheck } from '../storage/generated/prisma/client.ts';

/** A health check as it is stored. */
export type HealthCheckRow = ProviderHealthCheck;

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
