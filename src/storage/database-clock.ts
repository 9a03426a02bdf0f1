import type { Db } from './database.ts';

/**
 * What the database's clock shows, milliseconds since the epoch: the one clock that all instances share. Whatever is
 * stored as an instant is compared with this one.
 */
export async function readDatabaseClock(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ now_ms: number }[]>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms`;
  if (row === undefined) throw new TypeError('The database told no time.');
  return Math.floor(row.now_ms);
}
