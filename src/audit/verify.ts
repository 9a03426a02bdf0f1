import { toHex, type Sha256 } from '../system/digest.ts';
import { entryHash, type ChainHead } from './chain.ts';
import type { ChainedEntry } from './entry.ts';

/** Where a chain first breaks. Hashes are lower-case hexadecimal; null where there is nothing to name. */
export interface ChainFault {
  readonly seq: number;
  /** The hash that the rest of the chain calls for. */
  readonly expectedHash: string | null;
  /** The hash that is stored. */
  readonly foundHash: string | null;
  /** What is wrong, in one sentence. */
  readonly detail: string;
}

/** How far a check came: the last sound entry, and the fault that ended it. */
export interface CheckedEntries {
  readonly end: ChainHead;
  readonly fault: ChainFault | null;
}

/**
 * Checks that `entries`, a page in order of seq, follow `start` without a gap, and that each says what was hashed.
 * An edited, deleted, inserted, swapped or transplanted row is a fault at its place; a row whose hash was made
 * anew is one at the next place, which no longer follows it.
 */
export function checkEntries(
  sha256: Sha256,
  start: ChainHead,
  entries: readonly ChainedEntry[],
): CheckedEntries {
  let end = start;
  for (const entry of entries) {
    const fault = checkEntry(sha256, end, entry);
    if (fault !== null) return { end, fault };
    end = { tenantId: start.tenantId, seq: entry.seq, hash: entry.hash };
  }
  return { end, fault: null };
}

function checkEntry(sha256: Sha256, previous: ChainHead, entry: ChainedEntry): ChainFault | null {
  const seq = previous.seq + 1;
  if (entry.seq !== seq) {
    // The entry after a missing one still tells what the missing one's hash was.
    return fault(seq, entry.seq === seq + 1 ? entry.prevHash : null, null, `entry ${seq} is missing`);
  }
  const hash = entryHash(sha256, previous, entry.canonical);
  if (!sameBytes(hash, entry.hash)) {
    return fault(seq, hash, entry.hash, `entry ${seq} is not what was appended after entry ${previous.seq}`);
  }
  if (!sameBytes(previous.hash, entry.prevHash)) {
    return fault(
      seq,
      previous.hash,
      entry.prevHash,
      `the previous hash stored with entry ${seq} is another one`,
    );
  }
  const hashed = JSON.parse(entry.canonical) as { readonly id?: unknown; readonly type?: unknown };
  if (hashed.id !== entry.id || hashed.type !== entry.type) {
    return fault(
      seq,
      hash,
      entry.hash,
      `the id or type stored beside entry ${seq} is not the one that was hashed`,
    );
  }
  return null;
}

/** What is stored of a chain's end, read in one statement. */
export interface StoredEnd {
  /** What the head says; the genesis head when there is none. */
  readonly head: ChainHead;
  /** The newest entry that is stored; the genesis head when there is none. */
  readonly newest: ChainHead;
}

/** Checks that a chain of which every entry up to `end` is sound ends there, as its head says: a cut or grown tail is a fault. */
export function checkEnd(end: ChainHead, { head, newest }: StoredEnd): ChainFault | null {
  if (end.seq < head.seq) return missingEntry(end, head);
  if (!sameBytes(end.hash, head.hash)) {
    return fault(head.seq, head.hash, end.hash, `the head names another hash for entry ${head.seq}`);
  }
  if (newest.seq > head.seq) {
    const detail = `the head ends the chain at entry ${head.seq}, the entries go on to ${newest.seq}`;
    return fault(head.seq + 1, null, newest.seq === head.seq + 1 ? newest.hash : null, detail);
  }
  return null;
}

/** The fault of a chain that ends at `end` although it goes on to `head`. */
export function missingEntry(end: ChainHead, head: ChainHead): ChainFault {
  const seq = end.seq + 1;
  return fault(seq, seq === head.seq ? head.hash : null, null, `entry ${seq} is missing`);
}

function fault(
  seq: number,
  expected: Uint8Array | null,
  found: Uint8Array | null,
  detail: string,
): ChainFault {
  return { seq, expectedHash: expected && toHex(expected), foundHash: found && toHex(found), detail };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
