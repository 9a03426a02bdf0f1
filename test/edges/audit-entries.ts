import { ask, type Asked } from '../support/graphql/client.ts';
import { decisionUuid, type ShownDecision } from '../support/graphql/route-call.ts';

/** How far before a decision's completion its first entry is looked for. */
const ENTRIES_BEFORE = 5;

/** The types of the entries that the audit chain has of a decision, without digests and instants. */
export async function entriesOf(
  server: Asked,
  decision: Pick<ShownDecision, 'id' | 'auditSeq'>,
): Promise<readonly string[]> {
  const { nodes } = await ask<{ nodes: { type: string; canonical: string }[] }>(
    server,
    'auditLog',
    'query ($since: SafeInt) { auditLog(first: 50, sinceSeq: $since) { nodes { type canonical } } }',
    { since: Math.max(0, decision.auditSeq - ENTRIES_BEFORE) },
  );
  const uuid = decisionUuid(decision);
  return nodes.filter(({ canonical }) => canonical.includes(uuid)).map(({ type }) => type);
}
