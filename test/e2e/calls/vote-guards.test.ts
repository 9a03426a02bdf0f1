import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { addModel, change, untilKnown } from '../../support/graphql/admin.ts';
import { breakerOf } from '../../support/graphql/breakers.ts';
import { route } from '../../support/graphql/route-call.ts';
import { ballot, vote } from '../../support/graphql/vote-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const slugs = ['one', 'two', 'three', 'four'];

/** Four providers, each with a model `slug/model`, the better the earlier. */
async function addProviders(server: TestServer, stack: AsyncDisposableStack): Promise<ScriptedProvider[]> {
  const providers: ScriptedProvider[] = [];
  for (const [index, slug] of slugs.entries()) {
    const provider = stack.use(await startScriptedProvider());
    await addModel(server, slug, provider, { ats: (95 - 5 * index) / 100 });
    providers.push(provider);
  }
  return providers;
}

const stack = new AsyncDisposableStack();
let server: TestServer;
let providers: ScriptedProvider[];
beforeAll(async () => {
  server = stack.use(await startServer());
  providers = await addProviders(server, stack);
});
afterAll(() => stack.disposeAsync());
beforeEach(() => providers.forEach((provider) => provider.reset()));

const received = () => providers.map((provider) => provider.received);
const among = (...names: string[]) => ({ models: names.map((name) => `${name}/model`) });

describe('a ballot is a guarded call:', () => {
  it('a model whose breaker is open does not vote, and the next does', async () => {
    const model = { providerSlug: 'one', modelSlug: 'model', reason: 'an exercise' };
    await change(server, 'overrideBreaker', { ...model, mode: 'FORCED_OPEN', generation: 0 });
    const before = received();
    const answer = await vote(server);
    expect(answer.ballots).toMatchObject([
      ballot('two', 'Hello.'),
      ballot('three', 'Hello.'),
      ballot('four', 'Hello.'),
    ]);
    const { rejected } = answer.decision.plan;
    expect(rejected).toContainEqual({ providerSlug: 'one', reason: 'BREAKER_OPEN' });
    expect(received()[0]).toBe(before[0]);
    const { generation } = await breakerOf(server, 'one');
    await change(server, 'overrideBreaker', { ...model, mode: 'AUTO', generation });
  });

  it('a provider that limits its callers fails its ballot, and is left alone by the next vote', async () => {
    providers[0]!.next({ status: 429, headers: { 'retry-after': '1' } });
    const request = { ...among('one', 'two'), timeoutMs: 60_000 };
    expect(await vote(server, request)).toMatchObject({
      ballots: [ballot('one', null), ballot('two', 'Hello.')],
      ...{ agreement: null, decision: { attempts: [{ failureClass: 'RATE_LIMITED' }, { status: 'OK' }] } },
    });
    expect((await vote(server, request)).ballots).toMatchObject([ballot('two', 'Hello.')]);
    expect(await vote(server, { ...among('one'), timeoutMs: 100 })).toMatchObject({
      ...{ __typename: 'NoEligibleModel', decision: { status: 'REFUSED', attempts: [] } },
      retryAfterMs: expect.any(Number) as number,
    });
    // Nobody else may vote: it waits for the one that recovers in time, as a call does.
    expect(await vote(server, { ...among('one'), timeoutMs: 60_000 })).toMatchObject({
      ...{ __typename: 'VotePayload', agreement: null, ballots: [ballot('one', 'Hello.')] },
    });
  });

  it('a model with no place left is replaced by the next, and waited for when there is none', async () => {
    const crowded = { providerSlug: 'three', modelSlug: 'model' };
    await change(server, 'upsertModel', { ...crowded, maxConcurrent: 1 });
    const gate = Promise.withResolvers<void>();
    providers[2]!.next({ until: gate.promise });
    const before = providers[2]!.received;
    const busy = route(server, { ...among('three'), timeoutMs: 60_000 });
    await providers[2]!.arrival(before + 1);
    expect((await vote(server, among('three', 'four'), { voters: 1 })).ballots).toMatchObject([
      ballot('four', 'Hello.'),
    ]);
    const waiting = vote(server, { ...among('three'), timeoutMs: 60_000 });
    await expect.poll(() => server.app.services.route.inFlight()).toBe(2);
    gate.resolve();
    expect(await busy).toMatchObject({ __typename: 'RouteSuccess' });
    expect((await waiting).ballots).toMatchObject([ballot('three', 'Hello.')]);
  });

  it('breakers learn from votes: a model that fails them is not asked any more', async () => {
    providers[3]!.always({ status: 500 });
    const before = providers[3]!.received;
    for (let count = 0; count < 5; count += 1) {
      expect((await vote(server, among('two', 'four'))).ballots).toMatchObject([
        ballot('two', 'Hello.'),
        ballot('four', null),
      ]);
    }
    await expect.poll(async () => (await breakerOf(server, 'four')).state).toBe('OPEN');
    expect((await vote(server, among('two', 'four'))).ballots).toHaveLength(1);
    expect(providers[3]!.received).toBe(before + 5);
  });
});

describe.skipIf(inject('postgres') === null)('a vote with an idempotency key', () => {
  it('is carried out once, whichever instances are asked, and shown by each of them', async () => {
    await using ending = new AsyncDisposableStack();
    const fleet = ending.use(await prepareFleet({ redis: false }));
    const [first, second] = [await fleet.start(), await fleet.start()];
    const voters = await addProviders(first, ending);
    await untilKnown(second, 'four');
    voters[1]!.next({ text: 'Hi.', delayMs: 200 });
    const request = { idempotencyKey: 'once in a fleet' };
    const answers = await Promise.all([first, second, first, second].map((asked) => vote(asked, request)));
    expect(voters.map((provider) => provider.received)).toEqual([1, 1, 1, 0]);
    expect(answers[0]).toMatchObject({
      ...{ __typename: 'VotePayload', decision: { kind: 'VOTE', model: { key: 'one/model' } } },
      ballots: [ballot('one', 'Hello.'), ballot('two', 'Hi.'), ballot('three', 'Hello.')],
      agreement: 0.666667,
    });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});
