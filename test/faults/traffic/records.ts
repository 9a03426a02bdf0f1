import { adminKey, fieldOf, send } from '../../support/graphql/client.ts';

/** A decision as a server shows it. */
export interface RecordedDecision {
  readonly id: string;
  readonly status: string;
  readonly auditSeq: number | null;
  readonly workflowId: string | null;
}

/** An audit entry as a server shows it. */
export interface RecordedEntry {
  readonly seq: number;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Everything that is recorded for a tenant; entries in order. */
export interface Records {
  readonly decisions: readonly RecordedDecision[];
  readonly entries: readonly RecordedEntry[];
  readonly verification: { readonly ok: boolean; readonly checked: number; readonly headSeq: number };
}

/** Asks a server for all of it, page by page; `tenantId` is a global id, absent: the admin's own tenant. */
export async function readRecords(url: string, tenantId?: string): Promise<Records> {
  const ask = async <T>(field: string, query: string, variables: object = {}) =>
    fieldOf<T>(await send(url, adminKey, query, variables), field);
  const readAll = async <T>(field: string, selection: string): Promise<T[]> => {
    interface Page {
      readonly nodes: readonly T[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    }
    const query = `query ($tenantId: ID, $after: String) {
      ${field}(tenantId: $tenantId, first: 200, after: $after) { nodes { ${selection} } pageInfo { hasNextPage endCursor } }
    }`;
    const rows: T[] = [];
    let page: Page | undefined;
    while (page?.pageInfo.hasNextPage !== false) {
      page = await ask<Page>(field, query, { tenantId, after: page?.pageInfo.endCursor });
      rows.push(...page.nodes);
    }
    return rows;
  };
  const decisions = await readAll<RecordedDecision>('routingDecisions', 'id status auditSeq workflowId');
  const entries = await readAll<RecordedEntry>('auditLog', 'seq type payload');
  const verification = await ask<Records['verification']>(
    'verifyAuditChain',
    'query ($tenantId: ID) { verifyAuditChain(tenantId: $tenantId) { ok checked headSeq } }',
    { tenantId },
  );
  return { decisions, entries: entries.toReversed(), verification };
}
