import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addModel, issueKey } from '../../support/graphql/admin.ts';
import { adminKey, fieldOf, send } from '../../support/graphql/client.ts';
import { decisionOf, decisionUuid, route, sayHello } from '../../support/graphql/route-call.ts';
import { ballot, vote as castVote, type VoteTerms } from '../../support/graphql/vote-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { until } from '../../support/time/until.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
/** Serve `one/model`, `two/model` and `three/model`, the better the earlier. */
let providers: readonly [ScriptedProvider, ScriptedProvider, ScriptedProvider];

beforeAll(async () => {
  server = stack.use(await startServer());
  const start = async () => stack.use(await startScriptedProvider());
  providers = [await start(), await start(), await start()];
  // Far enough apart that a failure, of which the router learns, changes no order.
  await addModel(server, 'one', providers[0], { ats: 1 });
  await addModel(server, 'two', providers[1], { ats: 0.85 });
  await addModel(server, 'three', providers[2], { ats: 0.7 });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => providers.forEach((provider) => provider.reset()));

const vote = (request: object = {}, voters?: number, terms: VoteTerms = {}) =>
  castVote(server, request, { ...(voters !== undefined && { voters }), ...terms });
const received = () => providers.map((provider) => provider.received);

describe('a vote', () => {
  it('asks three providers the same, and answers with every ballot, their agreement and one decision', async () => {
    const [one, two, three] = providers;
    one.next({ text: 'Lyon' });
    two.next({ text: 'Paris.' });
    three.next({ text: 'paris' });
    const answer = await vote();
    expect(answer).toMatchObject({
      __typename: 'VotePayload',
      ballots: [ballot('one', 'Lyon'), ballot('two', 'Paris.'), ballot('three', 'paris')],
      decision: { kind: 'VOTE', status: 'SUCCEEDED', costUsd: 0.00006, model: { key: 'two/model' } },
    });
    expect(answer.agreement).toBeCloseTo(2 / 3);
    expect(answer.decision.attempts).toMatchObject([
      { position: 1, providerSlug: 'one', status: 'OK' },
      { position: 2, providerSlug: 'two', status: 'OK' },
      { position: 3, providerSlug: 'three', status: 'OK' },
    ]);
    const kept = await decisionOf(server, answer.decision);
    expect(kept.plan.ranked).toMatchObject(answer.decision.plan.ranked);
    expect(kept).toMatchObject({ status: 'SUCCEEDED', costUsd: 0.00006, model: { key: 'two/model' } });
    expect(kept.attempts).toMatchObject(answer.decision.attempts);
  });

  it('agrees wholly where all say the same, and asks no more than it was told to', async () => {
    const before = received();
    expect(await vote({}, 2)).toMatchObject({ agreement: 1, decision: { model: { key: 'one/model' } } });
    expect(received()).toEqual([before[0]! + 1, before[1]! + 1, before[2]]);
    expect(await vote({}, 1)).toMatchObject({ agreement: null, ballots: [ballot('one', 'Hello.')] });
  });

  it('is two entries of an audit chain that verifies', async () => {
    const answer = await vote();
    const query = '{ auditLog(first: 2) { nodes { type payload } } }';
    const { nodes } = await server.field<{ nodes: { type: string; payload: object }[] }>('auditLog', query);
    const decisionId = decisionUuid(answer.decision);
    expect(nodes).toMatchObject([
      { type: 'routing.completed', payload: { decisionId, status: 'SUCCEEDED', costMicroUsd: 60 } },
      { type: 'routing.decided', payload: { decisionId, voters: 3 } },
    ]);
    expect(nodes[0]!.payload).toHaveProperty('attempts.length', 3);
    expect(await server.field('verifyAuditChain', '{ verifyAuditChain { ok } }')).toEqual({ ok: true });
  });

  it('asks only as many as its bound on cost lets all of them cost together', async () => {
    const query = `query ($input: RouteInput!) { voters(input: $input, k: 2) {
      ... on VoterSelection { voters { estimates { costUsd } } } } }`;
    type Voters = { readonly voters: readonly { readonly estimates: { readonly costUsd: number } }[] };
    const answer = await send(server.url, adminKey, query, { input: sayHello() });
    const [first, second] = fieldOf<Voters>(answer, 'voters').voters;
    const maxCostUsd = first!.estimates.costUsd + second!.estimates.costUsd;
    expect((await vote({ maxCostUsd })).ballots).toHaveLength(2);
    expect((await vote({ maxCostUsd: Number((maxCostUsd - 0.000001).toFixed(6)) })).ballots).toHaveLength(1);
  });

  it('counts each voter as a request of its API key’s quota', async () => {
    const { text: key } = await issueKey(server, { requestsPerMinute: 4, roles: ['AGENT'] });
    expect(await vote({}, 3, { key })).toMatchObject({ __typename: 'VotePayload' });
    expect(await vote({}, 2, { key })).toMatchObject({ __typename: 'RateLimited' });
    expect(await vote({}, 1, { key })).toMatchObject({ __typename: 'VotePayload' });
    const { text: small } = await issueKey(server, { requestsPerMinute: 2, roles: ['AGENT'] });
    expect((await vote({}, 3, { key: small })).message).toBe(
      'This vote may take 3 calls and its API key has 2 a minute: ask fewer voters.',
    );
  });

  it.each([0, 11, -1])('of %i voters is an invalid input that names them', async (voters) => {
    expect(await vote({}, voters)).toMatchObject({
      __typename: 'InvalidInput',
      issues: [{ path: ['voters'] }],
    });
  });

  it('with a bad request names what is bad, and where', async () => {
    expect(await vote({ maxOutputTokens: 0 })).toMatchObject({
      ...{ __typename: 'InvalidInput', issues: [{ path: ['request', 'maxOutputTokens'] }] },
    });
  });
});

describe('a vote with an idempotency key', () => {
  it('is carried out once, whoever asks at the same time or again, and answered alike', async () => {
    providers[1].next({ text: 'Hi.', delayMs: 100 });
    const before = received();
    const request = { idempotencyKey: 'vote-once' };
    const answers = await Promise.all([vote(request), vote(request), vote(request)]);
    answers.push(await vote(request));
    expect(received()).toEqual(before.map((count) => count + 1));
    expect(answers[0].ballots).toMatchObject([
      ballot('one', 'Hello.'),
      ballot('two', 'Hi.'),
      ballot('three', 'Hello.'),
    ]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('conflicts with a call, and with a vote of another number, of the same key', async () => {
    expect(await vote({ idempotencyKey: 'a vote' })).toMatchObject({ __typename: 'VotePayload' });
    expect(await route(server, { idempotencyKey: 'a vote' })).toMatchObject({ __typename: 'Conflict' });
    expect(await vote({ idempotencyKey: 'a vote' }, 2)).toMatchObject({ __typename: 'Conflict' });
    expect(await route(server, { idempotencyKey: 'a call' })).toMatchObject({ __typename: 'RouteSuccess' });
    expect(await vote({ idempotencyKey: 'a call' })).toMatchObject({ __typename: 'Conflict' });
  });
});

describe('a vote with voters that fail', () => {
  it('shows who failed, once each, and counts those that answered', async () => {
    providers[0].next({ status: 500 });
    const before = received();
    const answer = await vote();
    expect(answer).toMatchObject({
      ...{ __typename: 'VotePayload', agreement: 1 },
      ballots: [ballot('one', null), ballot('two', 'Hello.'), ballot('three', 'Hello.')],
      decision: { model: { key: 'two/model' }, attempts: [{ failureClass: 'SERVER_ERROR' }, {}, {}] },
    });
    expect(received()).toEqual(before.map((count) => count + 1));
  });

  it('does not wait longer than its deadline for one that hangs, and keeps the others’ ballots', async () => {
    providers[2].next({ fault: 'hang' });
    const before = providers[2].abandoned;
    expect(await vote({ timeoutMs: 2_000 })).toMatchObject({
      ...{ __typename: 'VotePayload', agreement: 1 },
      ballots: [ballot('one', 'Hello.'), ballot('two', 'Hello.'), ballot('three', null)],
      decision: { status: 'SUCCEEDED', attempts: [{}, {}, { failureClass: 'DEADLINE' }] },
    });
    await providers[2].abandonment(before + 1);
  });

  it('is exhausted when all fail, and refused when nobody is eligible', async () => {
    providers.forEach((provider) => provider.next({ status: 500 }));
    expect(await vote()).toMatchObject({
      __typename: 'AttemptsExhausted',
      decision: { status: 'EXHAUSTED', model: null, attempts: [{}, {}, {}] },
    });
    expect(await vote({ models: ['openai/*'] })).toMatchObject({
      __typename: 'NoEligibleModel',
      decision: { status: 'REFUSED', attempts: [] },
    });
  });

  it('exceeds its deadline when all hang', async () => {
    providers.forEach((provider) => provider.next({ fault: 'hang' }));
    expect(await vote({ timeoutMs: 1_500 })).toMatchObject({
      __typename: 'DeadlineExceeded',
      decision: { status: 'DEADLINE', model: null, attempts: [{}, {}, {}] },
    });
  });

  it('lets all of them go when its caller leaves, and is recorded as cancelled', async () => {
    providers.forEach((provider) => provider.next({ fault: 'hang' }));
    const [arrived, left] = [received(), providers.map((provider) => provider.abandoned)];
    const caller = new AbortController();
    const workflowId = 'a caller that leaves';
    const asked = vote({ workflowId }, 3, { signal: caller.signal });
    await Promise.all(providers.map((provider, index) => provider.arrival(arrived[index]! + 1)));
    caller.abort();
    await expect(asked).rejects.toThrow();
    await Promise.all(providers.map((provider, index) => provider.abandonment(left[index]! + 1)));
    const query = `{ routingDecisions(first: 1, workflowId: "${workflowId}") { nodes { status attempts { status } } } }`;
    await until(async () => {
      const { nodes } = await server.field<{ nodes: { status: string; attempts: object[] }[] }>(
        'routingDecisions',
        query,
      );
      return nodes[0]?.status === 'CANCELLED' && nodes[0].attempts.length === 3;
    });
  });
});
