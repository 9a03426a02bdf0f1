import type { Db, Tx } from '../storage/database.ts';
import type { Prisma } from '../storage/generated/prisma/client.ts';
import { toHex, type Sha256 } from '../system/digest.ts';
import type { StoredEnd } from './verify.ts';
import { chainEntries, genesisHead, writeDraft, type ChainHead, type WrittenDraft } from './chain.ts';
import type { AuditDraft, ChainedEntry } from './entry.ts';

/** How long an appender waits for the heads before its transaction fails with SQLSTATE 55P03. */
export const HEAD_LOCK_TIMEOUT_MS = 250;

/**
 * Appends to the chains of the drafts' tenants, each chain in the order given, and returns the entries in the
 * order of the drafts. A draft whose UUID is already in its chain changes nothing and returns what is there.
 *
 * Holds the heads until the transaction ends, locked in order of tenant: call it after the transaction's other
 * row locks, so that no two transactions wait for each other. Two statements, two more when something is repeated.
 */
export async function appendEntries(
  tx: Tx,
  sha256: Sha256,
  drafts: readonly AuditDraft[],
): Promise<ChainedEntry[]> {
  return appendWritten(tx, sha256, drafts.map(writeDraft));
}

/** `appendEntries` of drafts whose text is made already, so that nothing of theirs can be refused any more. */
export async function appendWritten(
  tx: Tx,
  sha256: Sha256,
  drafts: readonly WrittenDraft[],
): Promise<ChainedEntry[]> {
  if (drafts.length === 0) return [];
  const heads = await lockHeads(tx, sha256, new Set(drafts.map((draft) => draft.tenantId)));
  const entries = chainEntries(sha256, heads, drafts);
  if (await insertEntries(tx, entries)) return entries;

  const present = await readByIds(tx, drafts);
  const missing = drafts.filter((draft) => !present.has(draft.id));
  const added = chainEntries(sha256, heads, missing);
  if (added.length > 0) await insertEntries(tx, added);
  for (const entry of added) present.set(entry.id, entry);
  return drafts.map((draft) => present.get(draft.id) as ChainedEntry);
}

/** Locks the heads of these tenants, of which new ones get a genesis head, and reads them as they are once locked. */
async function lockHeads(tx: Tx, sha256: Sha256, tenantIds: ReadonlySet<string>): Promise<ChainHead[]> {
  const geneses = [...tenantIds].map((tenantId) => genesisHead(sha256, tenantId));
  // An upsert that changes nothing locks, creates and reads in one statement, and, unlike a SELECT with a
  // snapshot, answers with the row that the previous holder of the lock has left.
  const rows = await tx.$queryRaw<HeadRow[]>`
    INSERT INTO audit_heads AS head (tenant_id, seq, hash)
    SELECT genesis.tenant_id, 0, genesis.hash
    FROM set_config('lock_timeout', ${`${HEAD_LOCK_TIMEOUT_MS}ms`}, true),
         unnest(${geneses.map((head) => head.tenantId)}::uuid[], ${geneses.map((head) => head.hash)}::bytea[])
           AS genesis (tenant_id, hash)
    ORDER BY genesis.tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET seq = head.seq
    RETURNING tenant_id, seq, hash`;
  return rows.map(toHead);
}

/** Inserts the entries and moves their heads; does nothing and returns false when one of them is already there. */
async function insertEntries(tx: Tx, entries: readonly ChainedEntry[]): Promise<boolean> {
  const moved = await tx.$executeRaw`
    WITH entry AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(entries.map(toRow))}::json)
        AS row (id uuid, tenant_id uuid, seq bigint, type text, canonical text, prev_hash bytea, hash bytea)
    ), inserted AS (
      INSERT INTO audit_entries (id, tenant_id, seq, type, canonical, prev_hash, hash)
      SELECT id, tenant_id, seq, type, canonical, prev_hash, hash FROM entry
      WHERE NOT EXISTS (SELECT FROM audit_entries AS old WHERE old.id = ANY (ARRAY(SELECT id FROM entry)))
      RETURNING tenant_id, seq, hash
    )
    UPDATE audit_heads AS head SET seq = newest.seq, hash = newest.hash
    FROM (SELECT DISTINCT ON (tenant_id) * FROM inserted ORDER BY tenant_id, seq DESC) AS newest
    WHERE head.tenant_id = newest.tenant_id`;
  return moved > 0;
}

/** The bytes of an entry as Postgres reads them from JSON. */
function toRow(entry: ChainedEntry): object {
  return {
    id: entry.id,
    tenant_id: entry.tenantId,
    seq: entry.seq,
    type: entry.type,
    canonical: entry.canonical,
    prev_hash: `\\x${toHex(entry.prevHash)}`,
    hash: `\\x${toHex(entry.hash)}`,
  };
}

/** The entries that are already there, by UUID. */
async function readByIds(tx: Tx, drafts: readonly WrittenDraft[]): Promise<Map<string, ChainedEntry>> {
  const rows = await tx.auditEntry.findMany({ where: { id: { in: drafts.map((draft) => draft.id) } } });
  return new Map(rows.map((row) => [row.id, toEntry(row)]));
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
