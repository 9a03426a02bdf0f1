import { fieldOf, send } from '../support/graphql-client.ts';
import { adminKey } from '../support/server.ts';

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

/** Everything that a server has recorded for the admin's tenant; entries in order. */
export interface Records {
  readonly decisions: readonly RecordedDecision[];
  readonly entries: readonly RecordedEntry[];
  readonly verification: { readonly ok: boolean; readonly checked: number; readonly headSeq: number };
}

/** Asks a server for all of it, page by page. */
export async function readRecords(url: string): Promise<Records> {
  const ask = async <T>(field: string, query: string, variables: object = {}) =>
    fieldOf<T>(await send(url, adminKey, query, variables), field);
  const readAll = async <T>(field: string, selection: string): Promise<T[]> => {
    interface Page {
      readonly nodes: readonly T[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    }
    const query = `query ($after: String) {
      ${field}(first: 200, after: $after) { nodes { ${selection} } pageInfo { hasNextPage endCursor } }
    }`;
    const rows: T[] = [];
    let page: Page | undefined;
    while (page?.pageInfo.hasNextPage !== false) {
      page = await ask<Page>(field, query, { after: page?.pageInfo.endCursor });
      rows.push(...page.nodes);
    }
    return rows;
  };
  const decisions = await readAll<RecordedDecision>('routingDecisions', 'id status auditSeq workflowId');
  const entries = await readAll<RecordedEntry>('auditLog', 'seq type payload');
  const verification = await ask<Records['verification']>(
    'verifyAuditChain',
    '{ verifyAuditChain { ok checked headSeq } }',
  );
  return { decisions, entries: entries.toReversed(), verification };
}
