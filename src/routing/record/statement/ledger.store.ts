import type { Database, Db } from '../../../storage/database.ts';
import type { RepeatedStatement } from '../../../storage/repeated-statement.ts';
import { encodeSettlements, type KeySettlement } from '../key-settlement.ts';
import type { Writing } from '../writing.ts';
import { ARGUMENTS, listArguments, listsOf, writingArguments } from './writing-rows.store.ts';

const recordStatement: RepeatedStatement = {
  name: 'record_writings_v4',
  text: `SELECT record_writings_v4(${Array.from({ length: ARGUMENTS }, (_, index) => `$${index + 1}`).join(', ')}) AS seqs`,
};

/**
 * Writes beginnings and ends with their audit entries, in order, and returns the seq of each one's entry. What has
 * been written before stays as it is, and so does a decision that has ended: an end is then answered with the seq
 * at which it ended, or with null when it never began. One that was abandoned may still end.
 *
 * One statement, which commits by itself: no trip to the database passes while the heads of chains are held. It locks
 * the rows of decisions, then their keys, then the heads; a head that is not free in time fails it with the fault
 * `lock_timeout`.
 *
 * The lists of candidates that beginnings name are stored with them, but for those that are in `stored`: the digests of
 * lists that the database is known to have, to which those of this commit are added.
 */
export async function recordWritings(
  { send }: Pick<Database, 'send'>,
  writings: readonly Writing[],
  stored: Set<string> = new Set(),
): Promise<(number | null)[]> {
  const lists = listsOf(writings);
  const args = writingArguments(writings);
  const write = async () => {
    const [row] = await send(recordStatement, [...listArguments(lists, stored), ...args]);
    return row?.[0] ?? null;
  };
  let seqs = await write();
  if (seqs === null && lists.size > 0) {
    // An older copy of the database has taken its place, and lacks one.
    stored.clear();
    seqs = await write();
  }
  for (const name of lists.keys()) stored.add(name);
  return toSeqs(seqs);
}

/** The same within a transaction. */
export async function recordWritingsWithin(db: Db, writings: readonly Writing[]): Promise<(number | null)[]> {
  const [row] = await db.$queryRawUnsafe<{ seqs: unknown }[]>(
    recordStatement.text,
    ...listArguments(listsOf(writings), new Set()),
    ...writingArguments(writings),
  );
  return toSeqs(row?.seqs);
}

/** Whole numbers that are beyond what a double holds are texts or big integers on the way. */
function toSeqs(seqs: unknown): (number | null)[] {
  return ((seqs ?? []) as (string | bigint | null)[]).map((seq) => (seq === null ? null : Number(seq)));
}

/**
 * Keeps the results of calls that have ended, and frees the keys of those that left none. Touches no key that its
 * call does not hold any more, nor frees one that has a result; repeating it changes nothing but a result's expiry.
 */
export async function settleKeys(db: Db, settlements: readonly KeySettlement[]): Promise<void> {
  await db.$executeRaw`SELECT settle_idempotency_keys_v1(${encodeSettlements(settlements)}::json)`;
}
