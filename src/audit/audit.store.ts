import { textArray, uuidArray } from '../storage/binary-array.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { Prisma } from '../storage/generated/prisma/client.ts';
import { toHex } from '../system/digest.ts';
import type { Place } from '../events/resume.ts';
import type { StoredEnd } from './verify.ts';
import { writeDraft, type ChainHead, type WrittenDraft } from './chain.ts';
import type { AuditDraft, ChainedEntry } from './entry.ts';

/**
 * Appends to the chains of the drafts' tenants, each chain in the order given, and returns the seqs of the entries in
 * the order of the drafts. A draft whose UUID is already in its chain changes nothing and has the seq of what is there.
 *
 * Holds the heads until the transaction ends, locked in order of tenant: call it after the transaction's other row
 * locks, so that no two transactions wait for each other. A head that is not free within the time that the function
 * sets fails it with the fault `lock_timeout`. Throws a TypeError, before anything is sent, when a payload has no
 * canonical form.
 */
export async function appendEntries(tx: Tx, drafts: readonly AuditDraft[]): Promise<number[]> {
  if (drafts.length === 0) return [];
  const [row] = await tx.$queryRawUnsafe<{ seqs: bigint[] }[]>(
    'SELECT append_audit_entries_v2($1, $2, $3, $4) AS seqs',
    ...draftArguments(drafts.map(writeDraft)),
  );
  return (row?.seqs ?? []).map(Number);
}

/** Drafts as the database's functions take them: a column an argument. */
export function draftArguments(drafts: readonly WrittenDraft[]): Uint8Array[] {
  return [
    uuidArray(drafts.map(({ id }) => id)),
    uuidArray(drafts.map(({ tenantId }) => tenantId)),
    textArray(drafts.map(({ type }) => type)),
    textArray(drafts.map(({ canonical }) => canonical)),
  ];
}

/** The first `limit` entries of a chain that come after `seq`, in order. */
export async function readEntriesAfter(
  db: Db,
  tenantId: string,
  seq: number,
  limit: number,
): Promise<ChainedEntry[]> {
  const rows = await db.auditEntry.findMany({
    where: { tenantId, seq: { gt: seq } },
    orderBy: { seq: 'asc' },
    take: limit,
  });
  return rows.map(toEntry);
}

/** An entry as it is stored. */
export type AuditEntryRow = Prisma.AuditEntryGetPayload<object>;

/** Which entries of a chain to list; null does not narrow. */
export interface EntryFilter {
  readonly type: string | null;
  readonly fromSeq: number;
  readonly beforeSeq: number | null;
}

/** The newest `limit` entries of a chain that the filter lets through, newest first. */
export async function listEntries(
  db: Db,
  tenantId: string,
  { type, fromSeq, beforeSeq }: EntryFilter,
  limit: number,
): Promise<AuditEntryRow[]> {
  return db.auditEntry.findMany({
    where: {
      tenantId,
      seq: { gte: fromSeq, ...(beforeSeq === null ? {} : { lt: beforeSeq }) },
      ...(type === null ? {} : { type }),
    },
    orderBy: { seq: 'desc' },
    take: limit,
  });
}

/** Whether an entry stands at this place of a chain: one of this seq, whose hash begins with the place's mark. */
export async function holdsEntry(db: Db, tenantId: string, { seq, mark }: Place): Promise<boolean> {
  const where = { tenantId_seq: { tenantId, seq } };
  const found = await db.auditEntry.findUnique({ where, select: { hash: true } });
  return found !== null && (mark === null || toHex(found.hash).startsWith(mark));
}

/** Where a chain ends by its head and by its entries, seen at one instant; `genesis` stands for what is not there. */
export async function readStoredEnd(db: Db, genesis: ChainHead): Promise<StoredEnd> {
  const { tenantId } = genesis;
  const rows = await db.$queryRaw<(HeadRow & { readonly part: string })[]>`
    SELECT 'head' AS part, tenant_id, seq, hash FROM audit_heads WHERE tenant_id = ${tenantId}::uuid
    UNION ALL
    (SELECT 'newest', tenant_id, seq, hash FROM audit_entries
     WHERE tenant_id = ${tenantId}::uuid ORDER BY seq DESC LIMIT 1)`;
  const end = (part: string): ChainHead => {
    const row = rows.find((candidate) => candidate.part === part);
    return row === undefined ? genesis : toHead(row);
  };
  return { head: end('head'), newest: end('newest') };
}

interface HeadRow {
  readonly tenant_id: string;
  readonly seq: bigint;
  readonly hash: Uint8Array;
}

function toHead(row: HeadRow): ChainHead {
  return { tenantId: row.tenant_id, seq: Number(row.seq), hash: row.hash };
}

function toEntry(row: AuditEntryRow): ChainedEntry {
  return { ...row, seq: Number(row.seq) };
}
