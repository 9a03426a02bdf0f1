import type { Db } from '../storage/database.ts';
import type { ChainPlace } from './chain-memory.ts';

/** A place in the chain of a tenant. */
export type TenantPlace = ChainPlace & { readonly tenantId: string };

/** What the chain of a place is like, seen at one instant. */
export interface SeenPlace {
  readonly place: TenantPlace;
  /** Whether the place is one of the chain. */
  readonly isThere: boolean;
  /** Where the chain ends; null: it has no entry. */
  readonly head: ChainPlace | null;
}

/** Looks at these places of chains, in one statement. */
export async function seePlaces(db: Db, places: readonly TenantPlace[]): Promise<readonly SeenPlace[]> {
  const rows = await db.$queryRaw<SeenRow[]>`
    SELECT asked.tenant_id::text, asked.seq::float8 AS seq, asked.id::text AS id,
           entry.id IS NOT DISTINCT FROM asked.id AS is_there,
           newest.seq::float8 AS head_seq, newest.id::text AS head_id
    FROM json_to_recordset(${JSON.stringify(places.map(({ tenantId, seq, id }) => ({ tenant_id: tenantId, seq, id })))}::json)
      AS asked (tenant_id UUID, seq BIGINT, id UUID)
    LEFT JOIN audit_entries AS entry ON entry.tenant_id = asked.tenant_id AND entry.seq = asked.seq
    LEFT JOIN audit_heads AS head ON head.tenant_id = asked.tenant_id
    LEFT JOIN audit_entries AS newest ON newest.tenant_id = head.tenant_id AND newest.seq = head.seq`;
  return rows.map((row) => ({
    place: { tenantId: row.tenant_id, seq: row.seq, id: row.id },
    isThere: row.is_there,
    head: row.head_seq === null || row.head_id === null ? null : { seq: row.head_seq, id: row.head_id },
  }));
}

interface SeenRow {
  readonly tenant_id: string;
  readonly seq: number;
  readonly id: string;
  readonly is_there: boolean;
  readonly head_seq: number | null;
  readonly head_id: string | null;
}
