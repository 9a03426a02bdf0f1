import type { Db, Tx } from './database.ts';

/**
 * Marks a topic as changed by this transaction and returns its new version. Locks the topic's row until the
 * transaction ends, so changes of one topic become visible in the order of their versions.
 */
export async function bumpTopic(tx: Tx, topic: string): Promise<number> {
  const { seq } = await tx.topicVersion.update({ where: { topic }, data: { seq: { increment: 1 } } });
  return Number(seq);
}

/** The version of every topic. */
export async function readTopics(db: Db): Promise<Map<string, number>> {
  const rows = await db.topicVersion.findMany();
  return new Map(rows.map(({ topic, seq }) => [topic, Number(seq)]));
}
