import type { Db } from '../../storage/database.ts';
import { fromHex, toHex } from '../../system/digest.ts';
import type { StoredKey } from './idempotency.ts';

/** A key within its tenant. */
export interface KeyName {
  readonly tenantId: string;
  readonly key: string;
}

/** A call that wants to hold a key. */
export interface KeyClaim extends KeyName {
  /** Lower-case hexadecimal. */
  readonly inputSha256: string;
  readonly decisionId: string;
  /** How long it holds the key when nothing more is heard of it. */
  readonly leaseMs: number;
}

/**
 * Takes a key that is free or has expired; false when another call has it. Of several at once, one succeeds, and
 * may repeat its claim.
 */
export async function claimKey(db: Db, claim: KeyClaim): Promise<boolean> {
  const { tenantId, key, inputSha256, decisionId, leaseMs } = claim;
  const claimed = await db.$executeRaw`
    INSERT INTO idempotency_keys AS held (tenant_id, key, input_sha256, decision_id, expires_at)
    VALUES (${tenantId}::uuid, ${key}, ${fromHex(inputSha256)}, ${decisionId}::uuid,
            clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond')
    ON CONFLICT (tenant_id, key) DO UPDATE
    SET input_sha256 = EXCLUDED.input_sha256, decision_id = EXCLUDED.decision_id, result = NULL,
        expires_at = EXCLUDED.expires_at
    WHERE held.expires_at <= clock_timestamp() OR held.decision_id = EXCLUDED.decision_id`;
  return claimed > 0;
}

/** What is stored under a key, expired or not; null when there is nothing. */
export async function readKey(db: Db, { tenantId, key }: KeyName): Promise<StoredKey | null> {
  const [row] = await db.$queryRaw<KeyRow[]>`
    SELECT input_sha256, decision_id, result,
           extract(epoch FROM expires_at - clock_timestamp())::float8 * 1000 AS remaining_ms
    FROM idempotency_keys WHERE tenant_id = ${tenantId}::uuid AND key = ${key}`;
  if (row === undefined) return null;
  return {
    inputSha256: toHex(row.input_sha256),
    decisionId: row.decision_id,
    result: row.result,
    remainingMs: row.remaining_ms,
  };
}

interface KeyRow {
  readonly input_sha256: Uint8Array;
  readonly decision_id: string;
  readonly result: string | null;
  readonly remaining_ms: number;
}

/**
 * Deletes at most `limit` keys that have expired, except those that others hold locked; returns how many. A lease
 * stays for `graceMs` longer: the result of a call that could reach the database no more may still be on its way.
 */
export async function deleteExpiredKeys(db: Db, graceMs: number, limit: number): Promise<number> {
  return db.$executeRaw`
    DELETE FROM idempotency_keys WHERE (tenant_id, key) IN (
      SELECT tenant_id, key FROM idempotency_keys
      WHERE expires_at <= (SELECT clock_timestamp())
        AND (result IS NOT NULL OR expires_at <= clock_timestamp() - ${graceMs}::float8 * interval '1 millisecond')
      ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )`;
}
