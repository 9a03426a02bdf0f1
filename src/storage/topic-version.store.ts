import type { PrismaClient } from './generated/prisma/client.ts';
import type { Db, Tx } from './database.ts';
import type { TableVersion } from './table-version.ts';
import { inTransaction } from './transaction.ts';

/** A whole topic may be read while others wait for the one connection of the embedded database. */
const READ_LIMITS = { maxWaitMs: 10_000, timeoutMs: 30_000 };

/**
 * Marks a topic as changed by this transaction and returns its new number. Locks the topic's row until the
 * transaction ends, so changes of one topic become visible in the order of their numbers.
 */
export async function bumpTopic(tx: Tx, topic: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ seq: number }[]>`
    UPDATE topic_versions SET seq = seq + 1, tag = gen_random_uuid() WHERE topic = ${topic}
    RETURNING seq::float8 AS seq`;
  if (row === undefined) throw new TypeError(`There is no topic "${topic}".`);
  return row.seq;
}

/** Locks a topic's row until the transaction ends, for a change of which it is not known yet whether it changes anything. */
export async function lockTopic(tx: Tx, topic: string): Promise<void> {
  await tx.$queryRaw`SELECT FROM topic_versions WHERE topic = ${topic} FOR UPDATE`;
}

/** Where a topic stands now. */
export async function readTopic(db: Db, topic: string): Promise<TableVersion> {
  const [row] = await db.$queryRaw<TableVersion[]>`
    SELECT seq::float8 AS seq, tag::text AS tag FROM topic_versions WHERE topic = ${topic}`;
  return row ?? { seq: 0, tag: '' };
}

/** What is read of a topic's tables, and the version that it is: both of one moment and one copy of the database. */
export async function readAtVersion<T>(
  prisma: PrismaClient,
  topic: string,
  read: (tx: Tx, seq: number) => Promise<T>,
): Promise<{ readonly version: TableVersion; readonly value: T }> {
  return inTransaction(
    prisma,
    async (tx) => {
      const version = await readTopic(tx, topic);
      return { version, value: await read(tx, version.seq) };
    },
    { ...READ_LIMITS, isolationLevel: 'RepeatableRead' },
  );
}
