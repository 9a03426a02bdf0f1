import type { Spool } from '../../audit/spool.ts';
import { NEVER_BEGAN, reasonOf, verdictOf, type Refusals, type Refused } from './refusals.service.ts';
import { writeEach } from './refused/write-each.ts';
import { decodeWriting, type Writing } from './writing.ts';

/** How often a record may fail alone while the database serves others: for a minute, at the pace of the ledger. */
const MAX_UNANSWERED = 25;

/** Why a record is set aside that the database does not answer for. */
const NEVER_ANSWERED = 'the database does not answer for it';

export interface BringBackDependencies {
  readonly spool: Spool;
  readonly refusals: Pick<Refusals, 'setAside'>;
  /** Commits all of them or none; the seqs of their entries. */
  readonly commit: (writings: readonly Writing[]) => Promise<readonly (number | null)[]>;
  /** The most that are committed together. */
  readonly maxBatch: number;
}

/** A record that the spool handed out, and what it says. */
interface Spooled {
  readonly record: Uint8Array;
  readonly writing: Writing;
}

/**
 * Commits the oldest that waits, which shows that the database is there even when nothing does, and sets aside what
 * it does not take; tells whether more may wait. Not to be called again before it has ended.
 */
export function createBringBack(dependencies: BringBackDependencies): () => Promise<boolean> {
  const { spool, refusals, commit, maxBatch } = dependencies;
  let atOnce = maxBatch;
  /** Of the record that has failed alone last: how often while the database served others. */
  let unanswered = 0;

  /** Returns those that the database does not take. */
  async function bring(records: readonly Uint8Array[]): Promise<Refused[]> {
    const all = records.map((record) => ({ record, writing: decode(record) }));
    const unread = all.filter(({ writing }) => writing === null);
    const readable = all.filter((item): item is Spooled => item.writing !== null);
    const orphans: Spooled[] = [];
    const refused = await writeEach(readable, {
      verdictOf,
      probe: () => commit([]),
      async write(items) {
        const seqs = await commit(items.map(({ writing }) => writing));
        orphans.push(...items.filter((_, index) => seqs[index] == null));
      },
    });
    return [
      ...unread.map((item) => ({ ...item, why: 'it cannot be read' })),
      ...refused.map(({ item, error }) => ({ ...item, why: reasonOf(error) })),
      ...orphans.map((item) => ({ ...item, why: NEVER_BEGAN })),
    ];
  }

  /** What the database never answers for, while it answers others, is refused by it in its own way. */
  async function bringOrGiveUp(records: readonly Uint8Array[]): Promise<Refused[]> {
    try {
      return await bring(records);
    } catch (error) {
      const [record] = records;
      if (record === undefined || records.length > 1 || verdictOf(error) === 'busy') throw error;
      await commit([]);
      unanswered += 1;
      if (unanswered < MAX_UNANSWERED) throw error;
      return [{ record, writing: decode(record), why: NEVER_ANSWERED }];
    }
  }

  return async () => {
    const asked = atOnce;
    const { records, end } = await spool.peek(asked);
    // What did not go through together, be it for its size, may go through in parts.
    atOnce = Math.max(1, asked >> 1);
    await refusals.setAside(await bringOrGiveUp(records));
    unanswered = 0;
    atOnce = Math.min(asked * 2, maxBatch);
    if (records.length > 0) await spool.discard(end);
    return records.length === asked;
  };
}

function decode(record: Uint8Array): Writing | null {
  try {
    return decodeWriting(new TextDecoder().decode(record));
  } catch {
    return null;
  }
}
