import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';
import { roles } from '../../../src/tenants/viewer.ts';
import { issueKey, revokeKey, setTimeLimit } from '../../support/graphql/admin.ts';
import { followBySse } from '../../support/graphql/live-client.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { useLiveStage } from './live-stage.ts';

const stage = useLiveStage();
const { count, follow, followLive, routeBy } = stage;

const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id);

/** Every subscription that follows what happens by itself. */
const followed = Object.values(schema.getSubscriptionType()!.getFields()).filter(
  ({ name }) => name !== 'routeStream',
);
const ofTenants = followed.filter(({ args }) => args.some(({ name }) => name === 'tenantId'));

describe('every subscription', () => {
  it.each(followed.map(({ name }) => name))('%s is refused to an AGENT alone', async (name) => {
    for (const role of roles) {
      const before = count();
      const client = await follow(`${name} { id }`, stage.north.keys[role]);
      if (role === 'AGENT') await client.ended();
      else await expect.poll(count).toBe(before + 1);
      expect(client.errors()).toEqual(role === 'AGENT' ? ['FORBIDDEN'] : []);
      client.vanish();
      await expect.poll(count).toBe(before);
    }
  });

  it.each(ofTenants.map(({ name }) => name))('%s of another tenant is NOT_FOUND', async (name) => {
    for (const role of ['TENANT_ADMIN', 'VIEWER'] as const) {
      const client = await follow(
        `${name}(tenantId: "${stage.south.tenant}") { id }`,
        stage.north.keys[role],
      );
      await client.ended();
      expect([client.events(), client.errors()]).toEqual([[], ['NOT_FOUND']]);
    }
  });
});

it('a subscription whose client accepts no event stream is refused, and does not live on', async () => {
  const before = count();
  const response = await fetch(`${stage.server.url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${adminKey}`,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify({ query: 'subscription { breakerTransitions { cursor } }' }),
  });
  expect(response.status).toBe(406);
  // The connection is kept for further requests.
  await response.text();
  await expect.poll(count).toBe(before);
});

describe('a subscription that may not be', () => {
  const refused: readonly (readonly [name: string, field: () => string, key: () => string, code: string])[] =
    [
      [
        'the policy of nobody',
        () => `policyChanged(tenantId: "${btoa(`Tenant:${randomUUID()}`)}") { id }`,
        () => adminKey,
        'NOT_FOUND',
      ],
      ['no cursor', () => 'breakerTransitions(after: "x") { id }', () => adminKey, 'INVALID_INPUT'],
      ['a far cursor', () => 'breakerTransitions(after: "t99999") { id }', () => adminKey, 'CURSOR_EXPIRED'],
      ['no decision', () => 'routingDecisions(after: "t1") { id }', () => adminKey, 'INVALID_INPUT'],
      [
        'a pending decision',
        () => `routingDecisions(after: "1.${randomUUID()}.") { id }`,
        () => adminKey,
        'INVALID_INPUT',
      ],
      ['no text', () => 'breakerTransitions(modelSlug: "\\u0000") { id }', () => adminKey, 'INVALID_INPUT'],
    ];
  it.each(refused)('%s: ends with its code before anything starts', async (_name, field, key, code) => {
    const before = count();
    const client = await follow(field(), key());
    await client.ended();
    expect([client.events(), client.errors()]).toEqual([[], [code]]);
    expect(count()).toBe(before);
    const stream = followBySse({ url: stage.server.url, key: key() }, field())[Symbol.asyncIterator]();
    await expect(stream.next()).rejects.toThrow(code);
  });
});

describe('circuitBreakers', () => {
  it('tells the state of every model’s breaker first, then what changes', async () => {
    const all = await stage.server.field<{ nodes: { id: string }[] }>(
      'circuitBreakers',
      '{ circuitBreakers(first: 200, providerSlug: "simulated") { nodes { id generation } } }',
    );
    const client = await follow<{ id: string; state: string; mode: string }>(
      'circuitBreakers(providerSlug: "simulated") { id state mode generation }',
    );
    await client.until(all.nodes.length);
    expect(ids(client.events()).toSorted()).toEqual(ids(all.nodes).toSorted());
    const target = 'providerSlug: "simulated", modelSlug: "steady", reason: "drill"';
    const override = (mode: string, generation: number) =>
      stage.server
        .ask(`mutation { overrideBreaker(input: { ${target}, mode: ${mode}, generation: ${generation} }) {
        __typename } }`);
    await override('FORCED_OPEN', 0);
    await client.until(all.nodes.length + 1);
    await override('AUTO', 1);
    await client.until(all.nodes.length + 2);
    const changes = client.events().slice(all.nodes.length);
    expect(changes).toMatchObject([
      { id: btoa('CircuitBreaker:simulated/steady'), state: 'OPEN', mode: 'FORCED_OPEN', generation: 1 },
      { id: btoa('CircuitBreaker:simulated/steady'), state: 'CLOSED', mode: 'AUTO', generation: 2 },
    ]);
  });
});

describe('breakerTransitions', () => {
  it('refuses a cursor after which transitions are not kept any more', async () => {
    const { prisma } = stage.server.app.services.database;
    await prisma.breakerTransition.deleteMany({ where: { seq: 1 } });
    const client = await follow('breakerTransitions(after: "t0") { cursor }');
    await client.ended();
    expect(client.errors()).toEqual(['CURSOR_EXPIRED']);
    const rest = await follow<{ cursor: string }>('breakerTransitions(after: "t1") { cursor }');
    await rest.until(1);
    expect(rest.events().map(({ cursor }) => parseInt(cursor.slice(1), 10))).toEqual([2]);
  });
});

describe('healthChecks', () => {
  it('tells of each check once, also of one that becomes visible behind a newer one', async () => {
    const client = await followLive<{ latencyMs: number }>(
      'healthChecks(providerSlug: "simulated") { modelSlug outcome latencyMs failureClass probedAt }',
    );
    const { prisma } = stage.server.app.services.database;
    const insert = (latencyMs: number, ageMs: number, providerSlug = 'simulated') => prisma.$executeRaw`
      INSERT INTO provider_health_checks (id, provider_slug, model_slug, outcome, latency_ms, failure_class, probed_at)
      VALUES (gen_random_uuid(), ${providerSlug}, 'steady', 'timeout', ${latencyMs}, 'TIMEOUT',
              clock_timestamp() + interval '5 s' - ${ageMs}::float8 * interval '1 millisecond')`;
    await insert(1, 0);
    await insert(9, 0, 'other');
    await client.until(1);
    await insert(2, 3_000);
    await insert(3, 0);
    await client.until(3);
    expect(client.events().map(({ latencyMs }) => latencyMs)).toEqual([1, 2, 3]);
    expect(client.events()[0]).toMatchObject({
      modelSlug: 'steady',
      outcome: 'TIMEOUT',
      failureClass: 'TIMEOUT',
    });
  });
});

describe('policyChanged', () => {
  it('tells of one’s own policy when it has changed', async () => {
    const client = await followLive<{ timeoutMs: number }>('policyChanged { timeoutMs version }');
    const other = await followLive('policyChanged { version }', stage.north.keys.VIEWER);
    await setTimeLimit(stage.server, 5_000);
    await client.until(1);
    await setTimeLimit(stage.server, 6_000);
    await client.until(2);
    expect(client.events().map(({ timeoutMs }) => timeoutMs)).toEqual([5_000, 6_000]);
    expect(other.events()).toEqual([]);
  });
});

describe('a subscription whose key is revoked', () => {
  it.each(['WebSocket', 'SSE'])('ends over %s, and tells nothing any more', async (transport) => {
    const { id, text } = await issueKey(stage.server, { tenantId: stage.north.tenant, roles: ['VIEWER'] });
    const before = count();
    if (transport === 'WebSocket') {
      const client = await followLive('routingDecisions { id }', text);
      await revokeKey(stage.server, id);
      await routeBy(stage.north.keys.AGENT);
      await client.ended();
      expect([client.events(), client.errors()]).toEqual([[], ['UNAUTHENTICATED']]);
    } else {
      const stream = followBySse({ url: stage.server.url, key: text }, 'routingDecisions { id }');
      const next = stream[Symbol.asyncIterator]().next();
      await expect.poll(count).toBeGreaterThan(before);
      await revokeKey(stage.server, id);
      await expect(next).rejects.toThrow('UNAUTHENTICATED');
    }
    await expect.poll(count).toBe(before);
  });
});
