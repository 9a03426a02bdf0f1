import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodePlanInput } from '../../../src/routing/plan/plan-codec.ts';
import { createNodeRandom } from '../../../src/system/random.node.ts';
import { createTenant, issueKey } from '../../support/graphql/admin.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { candidate, planInput } from '../plan/plan-inputs.ts';

const simulate = `query ($input: SimulatePolicyInput!) { simulatePolicy(input: $input) {
  __typename
  ... on PolicySimulation {
    decisions unchanged newlyRejected newlyRefused unreplayable truncated
    recorded { costUsd meanLatencyMs meanAts } simulated { costUsd meanLatencyMs meanAts }
    shares { providerSlug modelSlug recordedShare simulatedShare }
  }
  ... on InvalidInput { issues { path message } }
  ... on Error { code }
} }`;

const random = createNodeRandom(() => Date.now());
const since = '2026-11-01T00:00:00Z';

describe('simulatePolicy', () => {
  let server: TestServer;
  beforeAll(async () => void (server = await startServer()));
  afterAll(() => server[Symbol.asyncDispose]());

  const simulated = (input: object, key?: string) =>
    server.ask(simulate, { input: { policy: {}, since, ...input } }, key);
  const resultOf = async (input: object) => (await simulated(input)).data?.['simulatePolicy'];

  /** A tenant with this many recorded calls, a minute apart from noon on; the first of them by another planner. */
  async function tenantWithCalls(slug: string, count: number): Promise<string> {
    const { id: tenantId } = await createTenant(server, slug);
    const input = planInput([candidate('a/good', { atsBps: 9500 }), candidate('b/poor', { atsBps: 5000 })]);
    await server.app.services.database.prisma.routingDecision.createMany({
      data: Array.from({ length: count }, (_, index) => ({
        id: random.uuid(),
        tenantId: atob(tenantId).slice('Tenant:'.length),
        createdAt: new Date(Date.parse('2026-11-20T12:00:00Z') + index * 60_000),
        deadlineAt: new Date(),
        plannerVersion: input.plannerVersion,
        planInput: encodePlanInput(index === 0 ? { ...input, plannerVersion: 99 } : input),
      })),
    });
    return tenantId;
  }

  test('plans the calls of a range again under another policy, and says what changes', async () => {
    const tenantId = await tenantWithCalls('compared', 4);
    expect(await resultOf({ tenantId, policy: { deniedModels: ['a/*'] } })).toMatchObject({
      ...{ __typename: 'PolicySimulation', decisions: 3, unchanged: 0, newlyRejected: 3, newlyRefused: 0 },
      ...{ unreplayable: 1, truncated: false },
      recorded: { meanAts: 0.95 },
      simulated: { meanAts: 0.5 },
      shares: [
        { providerSlug: 'a', modelSlug: 'good', recordedShare: 1, simulatedShare: 0 },
        { providerSlug: 'b', modelSlug: 'poor', recordedShare: 0, simulatedShare: 1 },
      ],
    });
    expect(await resultOf({ tenantId })).toMatchObject({ decisions: 3, unchanged: 3, newlyRejected: 0 });
  });

  test('takes the newest of a range, up to its limit, page by page, and says when there are more', async () => {
    const tenantId = await tenantWithCalls('many', 251);
    expect(await resultOf({ tenantId })).toMatchObject({ decisions: 250, unreplayable: 1, truncated: false });
    expect(await resultOf({ tenantId, limit: 250 })).toMatchObject({
      decisions: 250,
      unreplayable: 0,
      truncated: true,
    });
    expect(await resultOf({ tenantId, limit: 100 })).toMatchObject({ decisions: 100, truncated: true });
    const range = { since: '2026-11-20T12:01:00Z', until: '2026-11-20T12:11:00Z' };
    expect(await resultOf({ tenantId, ...range })).toMatchObject({
      decisions: 10,
      unreplayable: 0,
      truncated: false,
    });
  });

  test('knows the calls that were really routed, with what their requests asked for', async () => {
    const call = `mutation ($models: [String!]) { route(input: { messages: [{ role: USER, content: "Hi" }], policy: { deniedModels: $models } }) { __typename } }`;
    expect(await server.field('route', call, { models: ['simulated/flaky', 'simulated-alt/*'] })).toEqual({
      __typename: 'RouteSuccess',
    });
    const { shares } = (await resultOf({ policy: { policyName: 'COST_FIRST' } })) as {
      shares: { providerSlug: string; simulatedShare: number }[];
    };
    expect(
      shares.filter(({ simulatedShare }) => simulatedShare > 0).map(({ providerSlug }) => providerSlug),
    ).toEqual(['simulated']);
  });

  test('names every fault of its input', async () => {
    const policy = { qualityWeight: 2, nearEqualMargin: 0.3 };
    const result = await resultOf({ policy, until: '2026-10-01T00:00:00Z', limit: 10_001 });
    expect(result).toMatchObject({ __typename: 'InvalidInput' });
    const { issues } = result as { issues: { path: string[] }[] };
    expect(issues.map(({ path }) => path.join('.'))).toEqual([
      'policy.qualityWeight',
      'policy.nearEqualMargin',
      'until',
      'limit',
    ]);
  });

  test('is for those who may change the policy; another tenant’s is not found, but by an ADMIN', async () => {
    const { id: tenantId } = await createTenant(server, 'own');
    const { text: admin } = await issueKey(server, { tenantId, roles: ['TENANT_ADMIN'] });
    const { text: agent } = await issueKey(server, { tenantId, roles: ['AGENT'] });
    expect((await simulated({}, admin)).data).toMatchObject({ simulatePolicy: { decisions: 0 } });
    const { id: stranger } = await createTenant(server, 'stranger');
    expect((await simulated({ tenantId: stranger }, admin)).data).toMatchObject({
      simulatePolicy: { code: 'NOT_FOUND' },
    });
    expect(await resultOf({ tenantId: stranger })).toMatchObject({ decisions: 0 });
    expect((await simulated({}, agent)).errors?.[0]).toMatchObject({
      extensions: { code: 'FORBIDDEN' },
      message:
        'To re-plan recorded decisions under another policy, an API key needs the role ADMIN or TENANT_ADMIN; this one has AGENT.',
    });
  });
});
