import { describe, expect, it, vi } from 'vitest';
import { hasPostgresBinaries, startPrivatePostgres } from '../../support/databases/private-postgres.ts';
import {
  addModel,
  admits,
  change,
  createTenant,
  issueKey,
  previewOf,
  setTimeLimit,
  SPARE,
  untilKnown,
} from '../../support/graphql/admin.ts';
import { breakerOf, fail, onceAt, untilShown } from '../../support/graphql/breakers.ts';
import { adminKey, ask, send } from '../../support/graphql/client.ts';
import { followBySocket } from '../../support/graphql/live-client.ts';
import { route } from '../../support/graphql/route-call.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { routeOnce, startLoad } from '../traffic/outage-load.ts';
import { readRecords } from '../traffic/records.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 90_000 });

const WARNING = /^warn: The database lacks what this instance knew/;

/** The newest cursors of what clients page through and follow. */
async function headCursors(server: TestServer) {
  const query = `{
    breakerTransitions(first: 1) { headCursor nodes { cursor } }
    routingDecisions(first: 1) { headCursor edges { cursor } }
    auditLog(first: 1) { edges { cursor } }
  }`;
  const { data } = await send(server.url, adminKey, query);
  const lists = data as unknown as Record<
    string,
    { headCursor: string; nodes: { cursor: string }[]; edges: { cursor: string }[] }
  >;
  return {
    transitions: lists['breakerTransitions']!.headCursor,
    decisions: lists['routingDecisions']!.headCursor,
    entries: lists['auditLog']!.edges[0]!.cursor,
  };
}

/** The codes with which a page after this cursor is refused. */
async function pageRefusal(server: TestServer, list: string, after: string): Promise<unknown[]> {
  const { errors } = await send(server.url, adminKey, `{ ${list}(after: "${after}") { nodes { id } } }`);
  return (errors ?? []).map(({ extensions }) => extensions?.code);
}

async function refusalOf(server: TestServer, field: string): Promise<readonly string[]> {
  const client = await followBySocket({ url: server.url, key: adminKey }, field);
  await client.ended();
  client.vanish();
  return client.errors();
}

describe.skipIf(!hasPostgresBinaries() || !canStartRedis)(
  'a fail-over to a copy that lacks the last seconds',
  () => {
    it('is followed by two instances under load: breakers, policies, keys, the catalog, feeds, cursors and chains', async () => {
      await using postgres = await startPrivatePostgres();
      await using provider = await startScriptedProvider({ record: false });
      await using failing = await startScriptedProvider({ record: false });
      provider.always({ delayMs: 20 });
      await using fleet = await prepareFleet({
        databaseUrl: postgres.url,
        rule: { threshold: 3, coolOffMs: 120_000 },
      });
      const logs = [createKeptLog(), createKeptLog()];
      const servers = [await fleet.start({ log: logs[0]! }), await fleet.start({ log: logs[1]! })] as const;
      const [one, other] = servers;
      await addModel(one, 'scripted', provider);
      await addModel(one, 'failing', failing, SPARE);
      for (const server of servers)
        for (const slug of ['scripted', 'failing']) await untilKnown(server, slug);
      await setTimeLimit(one, 20_000);
      const quiet = await createTenant(one, 'quiet');
      const quietKey = await issueKey(one, { tenantId: quiet.id, roles: ['TENANT_ADMIN', 'AGENT'] });
      for (const server of servers) await vi.waitUntil(() => admits(server, quietKey.text), 10_000);
      await routeOnce(one.url, quietKey.text);
      const follow = (server: TestServer, field: string, key = adminKey) =>
        followBySocket<{ id: string }>({ url: server.url, key }, field);
      const undisturbed = await follow(other, 'routingDecisions { id }', quietKey.text);
      const loads = servers.map(({ url }) => startLoad(url, 3));
      for (const load of loads) await load.more(10);
      const before = await headCursors(one);

      postgres.takeCopy();
      const lost = await Promise.all(servers.map((server) => follow(server, 'routingDecisions { id }')));
      const lostTransitions = await follow(other, 'breakerTransitions { id }');
      await fail(one, 'failing', failing, 3);
      await setTimeLimit(one, 30_000);
      const lostKey = await issueKey(one);
      for (const server of servers) {
        await untilShown(server, 'failing', { state: 'OPEN', generation: 1 });
        await vi.waitUntil(() => admits(server, lostKey.text), 10_000);
      }
      for (const client of [...lost, lostTransitions]) await client.until(1);
      const cursors = await headCursors(one);

      await postgres.kill();
      await postgres.putCopy();
      for (const load of loads) await load.more(20);
      await postgres.start();
      const startedMs = performance.now();
      for (const server of servers) {
        await untilShown(server, 'failing', { state: 'CLOSED', generation: 0 });
        await vi.waitUntil(async () => !(await admits(server, lostKey.text)), 10_000);
        await vi.waitUntil(async () => (await previewOf(server)).timeoutMs === 20_000, 10_000);
      }
      // Numbers are in use again that the cursors below name.
      await fail(other, 'failing', failing, 3);
      for (const load of loads) await load.more(20);
      for (const client of [...lost, lostTransitions]) {
        await client.ended();
        expect(client.errors()).toEqual(['CURSOR_EXPIRED']);
      }
      for (const server of servers) {
        const { transitions, decisions, entries } = cursors;
        const expired = ['CURSOR_EXPIRED'];
        expect(await refusalOf(server, `breakerTransitions(after: "${transitions}") { id }`)).toEqual(
          expired,
        );
        expect(await refusalOf(server, `routingDecisions(after: "${decisions}") { id }`)).toEqual(expired);
        expect(await pageRefusal(server, 'breakerTransitions', transitions)).toEqual(expired);
        expect(await pageRefusal(server, 'routingDecisions', decisions)).toEqual(expired);
        expect(await pageRefusal(server, 'auditLog', entries)).toEqual(expired);
        const since = await follow(server, `breakerTransitions(after: "${before.transitions}") { id }`);
        await since.until(1);
        expect(since.errors()).toEqual([]);
        since.vanish();
      }

      const { generation, state } = await breakerOf(other, 'failing');
      expect({ generation, state }).toEqual({ generation: 1, state: 'OPEN' });
      const target = { providerSlug: 'failing', modelSlug: 'model', reason: 'a drill', generation };
      await change(other, 'resetBreaker', target);
      for (const server of servers) await untilShown(server, 'failing', { state: 'CLOSED', generation: 2 });
      expect(await route(one, onceAt('failing'))).toMatchObject({ __typename: 'RouteSuccess' });

      const heard = undisturbed.events().length;
      await routeOnce(one.url, quietKey.text);
      await undisturbed.until(heard + 1);
      expect(undisturbed.errors()).toEqual([]);
      undisturbed.vanish();

      for (const load of loads) await load.stop();
      for (const load of loads) expect(load.failures).toEqual([]);
      await vi.waitUntil(() => logs.every(({ lines }) => lines.some((line) => WARNING.test(line))), 10_000);
      const { tenantId: platformId } = await ask<{ tenantId: string }>(
        one,
        'platform',
        '{ platform: tenant(slug: "platform") { tenantId: id } }',
      );
      for (const tenantId of [undefined, platformId, quiet.id]) {
        const { verification } = await readRecords(other.url, tenantId);
        expect(verification).toMatchObject({ ok: true, checked: verification.headSeq });
      }
      const { decisions, entries } = await readRecords(other.url);
      const since = loads.flatMap(({ calls }) => calls.filter((call) => call.startedMs > startedMs));
      expect(since.length).toBeGreaterThan(20);
      const recorded = new Map(decisions.map((decision) => [decision.id, decision]));
      for (const { id } of since) expect(recorded.get(id)).toMatchObject({ status: 'SUCCEEDED' });
      const ended = entries
        .filter(({ type }) => type === 'routing.completed')
        .map((entry) => entry.payload['decisionId']);
      expect(new Set(ended).size).toBe(ended.length);
      expect(entries.filter(({ type }) => type === 'chain.rewound').length).toBeGreaterThan(0);
      for (const { lines } of logs) {
        expect(lines.filter((line) => WARNING.test(line))).toHaveLength(1);
        expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
      }
    });
  },
);
