import { graphql } from 'graphql';
import { beforeAll, expect, it } from 'vitest';
import type { RequestContext } from '../../../src/graphql/context.ts';
import { schema } from '../../../src/graphql/schema.ts';
import type { Decision } from '../../../src/routing/record/decision.ts';
import { endlessMs } from '../../../src/routing/plan/plan-input.ts';
import type { Role } from '../../../src/tenants/viewer.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { completedFacts, decidedFacts, pendingDecision, random, succeeded } from './decisions.ts';
import { candidate, planInput } from '../plan/plan-inputs.ts';
import { createTestRecorder } from './recorders.ts';

const { clock } = createManualTime();
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');

interface Answer {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string }[];
}

interface Connection {
  readonly nodes: readonly { readonly id: string; readonly cursor: string | null }[];
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly headCursor: string;
}

describeOnEachDatabase('the API of decisions', (open) => {
  const [own, other] = [random.uuid(), random.uuid()];
  const start = 1_700_000_000_000;
  // Two share an instant: their ids decide which is newer.
  const decisions = [0, 1, 1, 2].map((seconds, index) =>
    pendingDecision({
      tenantId: own,
      createdAt: start + seconds * 1000,
      workflowId: `flow-${index % 2}`,
      ...(index > 0 && {
        labels: [
          { name: 'team', value: index < 3 ? 'search' : 'ads' },
          { name: 'a=b%', value: '"x"=\\,{y}' },
        ],
      }),
    }),
  );
  const strangers = pendingDecision({ tenantId: other, labels: [{ name: 'team', value: 'search' }] });

  async function run(source: string, role: Role = 'AGENT'): Promise<Answer> {
    const models = new Map([['openai/gpt', { model: { providerSlug: 'openai', slug: 'gpt' } }]]);
    const contextValue = {
      viewer: { tenantId: own, keyId: 'k', roles: [role] },
      services: { database: open(), catalog: { view: () => ({ model: (key: string) => models.get(key) }) } },
      signal: new AbortController().signal,
    } as unknown as RequestContext;
    return JSON.parse(JSON.stringify(await graphql({ schema, source, contextValue }))) as Answer;
  }

  const list = async (args = '', role?: Role): Promise<Connection> => {
    const { data, errors } = await run(
      `{ routingDecisions${args} { nodes { id cursor } edges { cursor } pageInfo { hasNextPage endCursor } headCursor } }`,
      role,
    );
    expect(errors).toBeUndefined();
    return data?.['routingDecisions'] as Connection;
  };
  const idsOf = ({ nodes }: Connection) => nodes.map(({ id }) => id);
  const newestFirst = (rows: readonly Decision[]) =>
    rows
      .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .map(({ id }) => globalId('RoutingDecision', id));

  beforeAll(async () => {
    const { recorder } = createTestRecorder(open(), { clock });
    const all = [...decisions, strangers];
    await Promise.all(all.map((decision) => recorder.decided(decision, decidedFacts(decision))));
    await recorder.completed(succeeded(decisions[0] as Decision), completedFacts);
    await recorder.completed(succeeded(decisions[1] as Decision), completedFacts);
  });

  it('shows what was decided, why, and what came of it', async () => {
    const { data, errors } =
      await run(`{ routingDecision(id: "${globalId('RoutingDecision', decisions[0]?.id ?? '')}") {
      tenantId createdAt completedAt latencyMs costUsd model { key } status workflowId auditSeq degraded
      policy { name qualityWeight latencyWeight costWeight fallbackEnabled fallbackCostPenaltyPct complianceVetoThreshold version }
      plan { timeoutMs
        ranked { position providerSlug modelSlug score inPlan notBeforeMs
          contributions { quality latency cost reliability headroom fallbackPenaltyPct }
          estimates { latencyMs costUsd ats outputBudgetTokens reasoningFloorApplied outputBudgetLowered } }
        rejected { providerSlug modelSlug reason detail retryAfterMs } }
      attempts { position providerSlug modelSlug status failureClass message httpStatus startedAt latencyMs retryAfterMs
        timeToFirstTokenMs usage { inputTokens outputTokens reasoningTokens costUsd } } } }`);
    expect(errors).toBeUndefined();
    expect(data?.['routingDecision']).toMatchObject({
      tenantId: globalId('Tenant', own),
      createdAt: '2023-11-14T22:13:20.000Z',
      completedAt: '2023-11-14T22:13:20.950Z',
      latencyMs: 950,
      costUsd: 0.000065,
      model: { key: 'openai/gpt' },
      status: 'SUCCEEDED',
      workflowId: 'flow-0',
      degraded: [],
      policy: {
        name: 'BALANCED',
        qualityWeight: 0.4,
        costWeight: 0.3,
        fallbackCostPenaltyPct: 5,
        version: 1,
      },
      plan: {
        timeoutMs: 60_000,
        ranked: [
          { position: 1, estimates: { ats: 0.82, costUsd: 0.00225, outputBudgetTokens: 1000 } },
          { position: 2, inPlan: true, notBeforeMs: null },
        ],
        rejected: [{ modelSlug: 'vetoed', reason: 'COMPLIANCE_VETO', retryAfterMs: null }],
      },
      attempts: [
        {
          position: 1,
          status: 'RETRIABLE_ERROR',
          failureClass: 'SERVER_ERROR',
          httpStatus: 503,
          usage: null,
        },
        { position: 2, status: 'OK', failureClass: null, usage: { inputTokens: 100, costUsd: 0.000065 } },
      ],
    });
  });

  it('lists the tenant’s decisions, newest first, and pages through them without a gap', async () => {
    const expected = newestFirst(decisions);
    expect(idsOf(await list())).toEqual(expected);
    const seen: string[] = [];
    let after = '';
    for (let page = await list('(first: 1)'); ; page = await list(`(first: 1, after: "${after}")`)) {
      seen.push(...idsOf(page));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor ?? '';
    }
    expect(seen).toEqual(expected);
  });

  it('gives an ended decision one cursor everywhere, a pending one none of its own', async () => {
    const { nodes, edges, headCursor } = await list();
    for (const [index, { id, cursor }] of nodes.entries()) {
      const ended =
        id === globalId('RoutingDecision', decisions[0]?.id ?? '') ||
        id === globalId('RoutingDecision', decisions[1]?.id ?? '');
      expect(cursor).toBe(ended ? edges[index]?.cursor : null);
    }
    const last = nodes.find(({ id }) => id === globalId('RoutingDecision', decisions[1]?.id ?? ''));
    expect(headCursor).toBe(last?.cursor);
  });

  it('narrows the list', async () => {
    const [first, second] = decisions as [Decision, Decision];
    expect(idsOf(await list('(status: PENDING)'))).toEqual(newestFirst(decisions.slice(2)));
    expect(idsOf(await list('(modelKey: "openai/gpt")'))).toEqual(newestFirst([first, second]));
    expect(idsOf(await list('(workflowId: "flow-1", status: SUCCEEDED)'))).toEqual(newestFirst([second]));
    expect(idsOf(await list('(since: "2023-11-14T22:13:21Z")'))).toEqual(newestFirst(decisions.slice(1)));
  });

  it('shows a decision’s labels, and finds those with one, on every page and beside other filters', async () => {
    const [, second] = decisions as [Decision, Decision];
    const label = 'label: { name: "team", value: "search" }';
    expect(idsOf(await list(`(${label})`))).toEqual(newestFirst(decisions.slice(1, 3)));
    expect(idsOf(await list('(label: { name: "a=b%", value: "\\"x\\"=\\\\,{y}" })'))).toEqual(
      newestFirst(decisions.slice(1)),
    );
    expect(idsOf(await list('(label: { name: "a", value: "b%=\\"x\\"=\\\\,{y}" })'))).toEqual([]);
    expect(idsOf(await list('(label: { name: "team", value: "sear" })'))).toEqual([]);
    expect(idsOf(await list(`(${label}, status: SUCCEEDED, workflowId: "flow-1")`))).toEqual(
      newestFirst([second]),
    );
    const first = await list(`(${label}, first: 1)`);
    const rest = await list(`(${label}, first: 1, after: "${first.pageInfo.endCursor}")`);
    expect([...idsOf(first), ...idsOf(rest)]).toEqual(newestFirst(decisions.slice(1, 3)));
    expect(rest.pageInfo.hasNextPage).toBe(false);
    const id = globalId('RoutingDecision', second.id);
    const { data } = await run(`{ routingDecision(id: "${id}") { labels { name value } } }`);
    expect(data).toEqual({ routingDecision: { labels: second.labels } });
    const bad = await run('{ routingDecisions(label: { name: "a\\u0000", value: "" }) { nodes { id } } }');
    expect(bad.errors?.[0]?.message).toContain('label.name');
  });

  it('never shows another tenant’s decision, by list or by id, but to an ADMIN', async () => {
    const id = globalId('RoutingDecision', strangers.id);
    const byId = `{ routingDecision(id: "${id}") { id } node(id: "${id}") { id } }`;
    const args = `(tenantId: "${globalId('Tenant', other)}")`;
    expect((await run(byId, 'TENANT_ADMIN')).data).toEqual({ routingDecision: null, node: null });
    expect(await list(args, 'TENANT_ADMIN')).toBeNull();
    expect((await run(byId, 'ADMIN')).data).toEqual({ routingDecision: { id }, node: { id } });
    expect(idsOf(await list(args, 'ADMIN'))).toEqual([id]);
  });

  it('answers null to an id that is no decision’s, and names a cursor that is none', async () => {
    const junk = `{ a: routingDecision(id: "${globalId('RoutingDecision', 'junk')}") { id }
      b: routingDecision(id: "${globalId('Tenant', own)}") { id } }`;
    expect(await run(junk)).toEqual({ data: { a: null, b: null } });
    const answer = await run('{ routingDecisions(after: "1.2.3") { nodes { id } } }');
    expect(answer.errors?.[0]?.message).toContain('after');
  });

  it('tells no wait for what stays closed until somebody acts', async () => {
    const closed = candidate('openai/gpt', {}, { breakerRetryAfterMs: endlessMs });
    const decision = pendingDecision({ tenantId: random.uuid(), planInput: planInput([closed]) });
    const { recorder } = createTestRecorder(open(), { clock });
    await recorder.decided(decision, decidedFacts(decision));
    const id = globalId('RoutingDecision', decision.id);
    const answer = await run(
      `{ routingDecision(id: "${id}") { plan { rejected { reason retryAfterMs } } } }`,
      'ADMIN',
    );
    expect(answer.data).toEqual({
      routingDecision: { plan: { rejected: [{ reason: 'BREAKER_OPEN', retryAfterMs: null }] } },
    });
  });
});
