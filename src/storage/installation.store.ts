import type { Db } from './database.ts';

/**
 * The name of the installation that this database is the heart of: the same for all of its servers, now and after a
 * restart, and for no other database, unless that is a copy of this one.
 */
export async function installationName(db: Db): Promise<string> {
  await db.$executeRaw`INSERT INTO installation (name) VALUES (gen_random_uuid()) ON CONFLICT (id) DO NOTHING`;
  const [row] = await db.$queryRaw<{ name: string }[]>`SELECT name::text AS name FROM installation`;
  if (row === undefined) throw new TypeError('The row that was there a moment ago is gone.');
  return row.name;
}
