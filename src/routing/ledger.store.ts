import { appendWritten } from '../audit/audit.store.ts';
import type { ChainedEntry } from '../audit/entry.ts';
import type { Tx } from '../storage/database.ts';
import type { Sha256 } from '../system/digest.ts';
import type { DecisionStatus } from './decision.ts';
import { settleKeys } from './idempotency.store.ts';
import { completeDecisions, insertAndLockDecisions } from './record.store.ts';
import type { Writing } from './writing.ts';

/**
 * Writes beginnings and ends with their audit entries, in order, and returns the seq of each one's entry. What has
 * been written before stays as it is, and so does a decision that has ended: an end is then answered with the seq
 * at which it ended, or with null when it never began.
 *
 * The rows of decisions, and then their keys, are locked before the heads of chains, here and in the sweeper.
 */
export async function recordWritings(
  tx: Tx,
  sha256: Sha256,
  writings: readonly Writing[],
): Promise<(number | null)[]> {
  const begun = writings.filter((writing) => writing.kind === 'decided').map(({ row }) => row);
  const endings = writings.filter((writing) => writing.kind === 'completed');
  const progress = await insertAndLockDecisions(
    tx,
    begun,
    endings.map(({ end }) => end.id),
  );
  const found = new Map(progress.map((row) => [row.id, row]));
  const fresh = new Set(begun.map(({ id }) => id));
  const isOpen = (writing: Writing): boolean => {
    if (writing.kind === 'decided') return true;
    const row = found.get(writing.end.id);
    return row === undefined ? fresh.has(writing.end.id) : mayEnd.has(row.status);
  };

  const open = writings.filter(isOpen);
  const keys = open.flatMap((writing) =>
    writing.kind === 'completed' && writing.key !== null ? [writing.key] : [],
  );
  if (keys.length > 0) await settleKeys(tx, keys);
  const entries = await appendWritten(
    tx,
    sha256,
    open.map(({ draft }) => draft),
  );
  const seqs = new Map(open.map((writing, index) => [writing, (entries[index] as ChainedEntry).seq]));
  const ends = open.flatMap((writing) =>
    writing.kind === 'completed' ? [{ ...writing.end, auditSeq: seqs.get(writing) ?? null }] : [],
  );
  if (ends.length > 0) await completeDecisions(tx, ends);
  return writings.map((writing) => {
    const ended = writing.kind === 'completed' ? found.get(writing.end.id)?.auditSeq : undefined;
    return seqs.get(writing) ?? ended ?? null;
  });
}

const mayEnd: ReadonlySet<DecisionStatus> = new Set(['PENDING', 'ABANDONED']);
