/** What becomes of a key with the end of the call that holds it. Plain JSON: it travels with the completion. */
export interface KeySettlement {
  readonly tenantId: string;
  readonly key: string;
  /** The holder. Whoever has taken the key over meanwhile keeps it. */
  readonly decisionId: string;
  /** What repeats are answered with; null frees the key. */
  readonly result: string | null;
  /** How long the result is kept. */
  readonly retentionMs: number;
}

/** The result of a call that was answered, and whose answer is not there for repeats: they are told so. */
export const NOT_KEPT = '{"kind":"not_kept"}';

/** Settlements as the database's functions take them. */
export function encodeSettlements(settlements: readonly KeySettlement[]): string {
  return JSON.stringify(
    settlements.map(({ tenantId, key, decisionId, result, retentionMs }) => ({
      tenant_id: tenantId,
      key,
      decision_id: decisionId,
      result,
      retention_ms: retentionMs,
    })),
  );
}
