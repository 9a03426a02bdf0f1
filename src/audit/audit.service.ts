import type { Database, Db } from '../storage/database.ts';
import { toHex, type Sha256 } from '../system/digest.ts';
import { InvalidInputError } from '../system/expected-error.ts';
import { readEntriesAfter, readStoredEnd } from './audit.store.ts';
import { genesisHead, type ChainHead } from './chain.ts';
import { checkEnd, checkEntries, missingEntry, type ChainFault, type StoredEnd } from './verify.ts';

/** Which entries to verify; both ends belong to it, null is the chain's own end. */
export interface VerifiedRange {
  readonly fromSeq: number | null;
  readonly toSeq: number | null;
}

/** What verifying a chain, or a part of it, has shown. */
export interface Verification {
  readonly fault: ChainFault | null;
  /** Sound entries, before the fault if there is one. */
  readonly checked: number;
  readonly headSeq: number;
  /** Lower-case hexadecimal. */
  readonly headHash: string;
}

/** What can be asked about the audit chains. */
export interface AuditService {
  /**
   * Reads a tenant's chain, or the range of it, and checks every entry. A range that does not begin at 1 takes
   * the hash stored with the entry before it on trust. Throws InvalidInputError when the range is upside down.
   */
  verify(tenantId: string, range: VerifiedRange, db?: Db): Promise<Verification>;
}

/** Entries read at once: some milliseconds of reading and hashing, between which other work gets its turn. */
const PAGE_ENTRIES = 200;

/** Verifies the chains of a database, through its writers' client where none is given. */
export function createAuditService(database: Pick<Database, 'prisma'>, sha256: Sha256): AuditService {
  async function checkRange(db: Db, start: ChainHead, toSeq: number) {
    let end = start;
    while (end.seq < toSeq) {
      const limit = Math.min(PAGE_ENTRIES, toSeq - end.seq);
      const entries = await readEntriesAfter(db, end.tenantId, end.seq, limit);
      const { end: reached, fault } = checkEntries(sha256, end, entries);
      end = reached;
      if (fault !== null || entries.length < limit) return { end, fault };
    }
    return { end, fault: null };
  }

  async function startOf(db: Db, tenantId: string, fromSeq: number): Promise<ChainHead | null> {
    if (fromSeq === 1) return genesisHead(sha256, tenantId);
    const [before] = await readEntriesAfter(db, tenantId, fromSeq - 2, 1);
    return before?.seq === fromSeq - 1 ? before : null;
  }

  return {
    async verify(tenantId, range, db = database.prisma) {
      const { fromSeq, toSeq } = checkedRange(range);
      const stored = await readStoredEnd(db, genesisHead(sha256, tenantId));
      const { head } = stored;
      const lastSeq = Math.min(toSeq, head.seq);
      const report = (fault: ChainFault | null, checked: number) => {
        return { fault, checked, headSeq: head.seq, headHash: toHex(head.hash) };
      };
      if (fromSeq > lastSeq) return report(checkEnd(head, stored), 0);
      const start = await startOf(db, tenantId, fromSeq);
      if (start === null) {
        const before = { tenantId, seq: fromSeq - 2, hash: head.hash };
        return report(missingEntry(before, head), 0);
      }
      const { end, fault } = await checkRange(db, start, lastSeq);
      return report(fault ?? endFault(end, lastSeq, stored), end.seq - start.seq);
    },
  };
}

/** What is wrong with where the check ended: short of its range, or at a head that says otherwise. */
function endFault(end: ChainHead, lastSeq: number, stored: StoredEnd): ChainFault | null {
  if (lastSeq === stored.head.seq) return checkEnd(end, stored);
  return end.seq < lastSeq ? missingEntry(end, stored.head) : null;
}

function checkedRange({ fromSeq, toSeq }: VerifiedRange): { fromSeq: number; toSeq: number } {
  const range = { fromSeq: fromSeq ?? 1, toSeq: toSeq ?? Number.MAX_SAFE_INTEGER };
  if (range.fromSeq < 1) throw new InvalidInputError([{ path: ['fromSeq'], message: 'a chain begins at 1' }]);
  if (range.toSeq < range.fromSeq) {
    throw new InvalidInputError([{ path: ['toSeq'], message: 'must not lie before fromSeq' }]);
  }
  return range;
}
