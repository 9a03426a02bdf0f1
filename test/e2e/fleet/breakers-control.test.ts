import { describe, expect, inject, it } from 'vitest';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { addModel, PREFERRED, SPARE, untilKnown } from '../../support/graphql/admin.ts';
import { ask } from '../../support/graphql/client.ts';
import {
  breakerOf,
  fail,
  nowAt,
  onceAt,
  transitionsOf,
  untilShown,
  type ShownBreaker,
} from '../../support/graphql/breakers.ts';
import { prepareFleet, type Fleet } from '../../support/servers/fleet.ts';
import { route } from '../../support/graphql/route-call.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import type { TestServer } from '../../support/servers/server.ts';

/** What an operator's change of a breaker is answered with. */
interface Changed {
  readonly __typename: string;
  readonly breaker?: ShownBreaker;
  readonly issues?: readonly { readonly path: readonly string[] }[];
  readonly current?: number;
  readonly node?: Partial<ShownBreaker>;
}

const mutationOf = (field: string, type: string) => `mutation ($input: ${type}!) { ${field}(input: $input) {
  __typename
  ... on OverrideBreakerPayload { breaker { id state mode modeReason generation retryAfterMs } }
  ... on InvalidInput { issues { path } }
  ... on Conflict { current node { id ... on CircuitBreaker { state generation } } }
} }`;

const model = { providerSlug: 'one', modelSlug: 'model' };
const why = 'an exercise';

/** The largest Int of GraphQL. */
const LONGEST_MS = 2 ** 31 - 1;

const override = (server: TestServer, input: object): Promise<Changed> =>
  ask(server, 'overrideBreaker', mutationOf('overrideBreaker', 'OverrideBreakerInput'), {
    input: { ...model, reason: why, ...input },
  });

const reset = (server: TestServer, input: object): Promise<Changed> =>
  ask(server, 'resetBreaker', mutationOf('resetBreaker', 'ResetBreakerInput'), {
    input: { ...model, reason: why, ...input },
  });

interface Stage extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly provider: ScriptedProvider;
  readonly servers: readonly [TestServer, TestServer];
}

/** Two instances with a model that is preferred and one that takes its place. */
async function prepareStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await startScriptedProvider());
  const spare = stack.use(await startScriptedProvider());
  const fleet = stack.use(await prepareFleet({ rule: { threshold: 2, coolOffMs: 60_000 } }));
  const servers = [await fleet.start(), await fleet.start()] as const;
  await addModel(servers[0], 'one', provider, PREFERRED);
  await addModel(servers[0], 'spare', spare, SPARE);
  await untilKnown(servers[1], 'spare');
  const owned = stack.move();
  return { fleet, provider, servers, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What the platform's chain says of breakers, oldest first. */
async function auditOf(server: TestServer): Promise<{ type: string; actor: string; payload: object }[]> {
  const platform = btoa('Tenant:00000000-0000-0000-0000-000000000000');
  const { nodes } = await ask<{ nodes: { type: string; actor: string; payload: object }[] }>(
    server,
    'auditLog',
    'query ($id: ID!) { auditLog(tenantId: $id, first: 200) { nodes { type actor payload } } }',
    { id: platform },
  );
  const verification = await ask<{ ok: boolean }>(
    server,
    'verifyAuditChain',
    'query ($id: ID!) { verifyAuditChain(tenantId: $id) { ok } }',
    { id: platform },
  );
  expect(verification).toEqual({ ok: true });
  return nodes.toReversed().filter(({ type }) => type.startsWith('breaker.'));
}

describe.skipIf(inject('postgres') === null || !canStartRedis)('an operator', () => {
  it('forces a breaker open: no instance calls the model, now or after a restart, until it is reset', async () => {
    await using stage = await prepareStage();
    const { fleet, provider, servers } = stage;
    const [one, other] = servers;
    const forced = await override(one, { mode: 'FORCED_OPEN', generation: 0 });
    expect(forced).toMatchObject({
      __typename: 'OverrideBreakerPayload',
      breaker: { state: 'OPEN', mode: 'FORCED_OPEN', modeReason: why, generation: 1, retryAfterMs: null },
    });
    await one[Symbol.asyncDispose]();
    const restarted = await fleet.start();
    for (const server of [other, restarted]) {
      await untilShown(server, 'one', { state: 'OPEN', mode: 'FORCED_OPEN', modeReason: why });
      const refused = await route(server, onceAt('one'));
      expect(refused).toMatchObject({ __typename: 'NoEligibleModel', retryAfterMs: null });
      expect((await route(server)).completion?.model.key).toBe('spare/model');
    }
    expect(provider.received).toBe(0);

    expect(await reset(other, { generation: 1 })).toMatchObject({
      breaker: { state: 'CLOSED', mode: 'AUTO', modeReason: null, generation: 2 },
    });
    await untilShown(restarted, 'one', { state: 'CLOSED', mode: 'AUTO', generation: 2 });
    expect((await route(restarted)).completion?.model.key).toBe('one/model');
    expect(await transitionsOf(restarted, 'one')).toEqual(['CLOSED → OPEN', 'OPEN → CLOSED']);
  });

  it('forces a breaker closed: whatever fails on any instance, nothing is recorded and nothing trips', async () => {
    await using stage = await prepareStage();
    const { provider, servers } = stage;
    await override(servers[0], { mode: 'FORCED_CLOSED', generation: 0 });
    for (const server of servers) {
      await untilShown(server, 'one', { mode: 'FORCED_CLOSED' });
      await fail(server, 'one', provider, 4);
    }
    const prisma = servers[0].app.services.database.prisma;
    expect(await prisma.circuitBreaker.findMany()).toMatchObject([
      { state: 'CLOSED', revision: 1n, consecutiveFailures: 0, lastFailureAt: null },
    ]);

    // What fails from now on counts, and nothing of what failed before.
    await override(servers[0], { mode: 'AUTO', generation: 1 });
    for (const server of servers) await untilShown(server, 'one', { mode: 'AUTO', generation: 2 });
    await fail(servers[1], 'one', provider, 1);
    expect(await breakerOf(servers[1], 'one')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 1 });
    await fail(servers[1], 'one', provider, 1);
    expect(await breakerOf(servers[1], 'one')).toMatchObject({ state: 'OPEN', generation: 3 });
  });

  it('forces until an instant: from then on the breaker decides by itself, as a transition says', async () => {
    await using stage = await prepareStage();
    const { servers } = stage;
    const until = new Date(nodeClock.now() + 6_000).toISOString();
    await override(servers[0], { mode: 'FORCED_OPEN', generation: 0, until });
    await untilShown(servers[1], 'one', { state: 'OPEN', mode: 'FORCED_OPEN' });
    const refused = await route(servers[1], nowAt('one'));
    expect(refused.__typename).toBe('NoEligibleModel');
    expect(refused.retryAfterMs).toBeLessThanOrEqual(6_000);
    for (const server of servers) {
      await untilShown(server, 'one', { state: 'CLOSED', mode: 'AUTO', generation: 2 });
      expect((await route(server)).completion?.model.key).toBe('one/model');
    }
    expect(await transitionsOf(servers[0], 'one')).toEqual(['CLOSED → OPEN', 'OPEN → CLOSED']);
    const last = await servers[0].app.services.database.prisma.breakerTransition.findFirst({
      orderBy: { seq: 'desc' },
    });
    expect(last).toMatchObject({ mode: 'AUTO', actor: null });
  });

  it('who has seen an older generation meets a Conflict with the present one and the breaker', async () => {
    await using stage = await prepareStage();
    const { provider, servers } = stage;
    await fail(servers[0], 'one', provider, 2);
    const conflict = {
      ...{ __typename: 'Conflict', current: 1 },
      node: { id: btoa('CircuitBreaker:one/model'), state: 'OPEN', generation: 1 },
    };
    // The second instance need not even have heard of the trip.
    for (const server of servers) {
      expect(await override(server, { mode: 'FORCED_OPEN', generation: 0 })).toEqual(conflict);
      expect(await reset(server, { generation: 7 })).toEqual(conflict);
    }
    expect(await transitionsOf(servers[0], 'one')).toEqual(['CLOSED → OPEN']);
    expect(await auditOf(servers[0])).toEqual([]);
  });

  it('of several who decide at once on what they saw, one prevails, and the others meet a Conflict', async () => {
    await using stage = await prepareStage();
    const { servers } = stage;
    const wishes = ['FORCED_OPEN', 'FORCED_CLOSED', 'FORCED_OPEN', 'FORCED_CLOSED'].map((mode, index) =>
      override(servers[index % 2]!, { mode, generation: 0 }),
    );
    const ends = (await Promise.all(wishes)).map(({ __typename }) => __typename).sort();
    expect(ends).toEqual(['Conflict', 'Conflict', 'Conflict', 'OverrideBreakerPayload']);
    expect(await auditOf(servers[0])).toHaveLength(1);
    for (const server of servers) await untilShown(server, 'one', { generation: 1 });
  });

  it('is on record in the platform’s chain and in the transitions, by name', async () => {
    await using stage = await prepareStage();
    const [one] = stage.servers;
    await override(one, { mode: 'FORCED_OPEN', generation: 0 });
    await reset(one, { generation: 1, reason: 'the exercise is over' });
    const transitions = await one.app.services.database.prisma.breakerTransition.findMany({
      orderBy: { seq: 'asc' },
    });
    const actor = transitions[0]!.actor!;
    expect(actor).toMatch(/^key:/);
    expect(transitions).toMatchObject([
      { from: 'CLOSED', to: 'OPEN', mode: 'FORCED_OPEN', actor, reason: why },
      { from: 'OPEN', to: 'CLOSED', mode: 'AUTO', actor, reason: 'the exercise is over' },
    ]);
    const key = 'one/model';
    expect(await auditOf(one)).toEqual([
      {
        ...{ type: 'breaker.overridden', actor },
        payload: { key, mode: 'FORCED_OPEN', until: null, reason: why, from: 'CLOSED', generation: 1 },
      },
      {
        ...{ type: 'breaker.reset', actor },
        payload: { key, reason: 'the exercise is over', from: 'OPEN', generation: 2 },
      },
    ]);
  });

  it.each([
    ['the provider', { providerSlug: 'nobody' }],
    ['the model', { modelSlug: 'nothing' }],
  ])('meets NotFound when the catalog does not know %s', async (_, unknown) => {
    await using stage = await prepareStage();
    const [one] = stage.servers;
    const notFound = { __typename: 'NotFound' };
    expect(await override(one, { mode: 'FORCED_OPEN', generation: 0, ...unknown })).toEqual(notFound);
    expect(await reset(one, { generation: 0, ...unknown })).toEqual(notFound);
    expect(await one.app.services.database.prisma.circuitBreaker.count()).toBe(0);
  });

  it('may force until a day centuries away: calls are refused with a number that a client can read', async () => {
    await using stage = await prepareStage();
    const [one, other] = stage.servers;
    const forced = await override(one, {
      ...{ mode: 'FORCED_OPEN', generation: 0, until: '9999-12-31T23:59:59Z' },
    });
    expect(forced).toMatchObject({ breaker: { state: 'OPEN', retryAfterMs: LONGEST_MS } });
    await untilShown(other, 'one', { state: 'OPEN', retryAfterMs: LONGEST_MS });
    for (const server of [one, other]) {
      const refused = await route(server, onceAt('one'));
      expect(refused).toMatchObject({ __typename: 'NoEligibleModel', retryAfterMs: LONGEST_MS });
      expect((await route(server)).completion?.model.key).toBe('spare/model');
    }
  });
});
