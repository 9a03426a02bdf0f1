import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEED_BUFFER } from '../../src/events/lane.service.ts';
import type { TestServer } from '../support/servers/server.ts';
import type { SettledTenant } from './settled-tenant.ts';
import { startLiveStage, type LiveStage } from './live-stage.ts';

let stage: LiveStage;
let server: TestServer;
let north: SettledTenant;
let south: SettledTenant;
const { follow, followLive, route } = {
  follow: <Event>(field: string, key?: string) => stage.follow<Event>(field, key),
  followLive: <Event>(field: string, key?: string) => stage.followLive<Event>(field, key),
  route: (key: string) => stage.route(key),
};
beforeAll(async () => {
  stage = await startLiveStage();
  ({ server, north, south } = stage);
});
afterAll(() => stage[Symbol.asyncDispose]());

const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id);

interface Told {
  readonly tenantId: string;
  readonly auditSeq: number;
}

/** So many more decisions like a settled's own, whose ends stand after `afterSeq` in its chain. */
function repeatDecision(settled: SettledTenant, afterSeq: number, count: number): Promise<number> {
  return server.app.services.database.prisma.$executeRaw`
    INSERT INTO routing_decisions
      (id, tenant_id, status, created_at, deadline_at, planner_version, plan_input, attempts, completed_at,
       latency_ms, cost_micro_usd, model_key, audit_seq)
    SELECT gen_random_uuid(), tenant_id, status, created_at, deadline_at, planner_version, plan_input, attempts,
           completed_at, latency_ms, cost_micro_usd, model_key, ${afterSeq}::int + place
    FROM routing_decisions, generate_series(1, ${count}::int) AS place
    WHERE id = ${atob(settled.decision).split(':')[1]}::uuid`;
}

describe('routingDecisions', () => {
  const field =
    'routingDecisions { id tenantId status cursor auditSeq attempts { status } plan { ranked { modelSlug } } }';

  it('tells a tenant of its own decisions, in order, and no other', async () => {
    const own = await followLive<{ id: string; tenantId: string }>(field, north.keys.VIEWER);
    const others = await followLive<{ id: string; tenantId: string }>(field, south.keys.VIEWER);
    const routed: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const [mine] = await Promise.all([route(north.keys.AGENT), route(south.keys.AGENT)]);
      routed.push(mine);
    }
    await Promise.all([own.until(3), others.until(3)]);
    expect(ids(own.events())).toEqual(routed);
    expect(new Set(others.events().map(({ tenantId }) => tenantId))).toEqual(new Set([south.tenant]));
    expect(own.events()[0]).toMatchObject({ status: 'SUCCEEDED', attempts: [{ status: 'OK' }] });
  });

  it('goes on after the cursor of a decision, and after a list’s head', async () => {
    const list = `{ routingDecisions(tenantId: "${north.tenant}", first: 1) { headCursor nodes { id cursor } } }`;
    const page = async () =>
      (await server.ask(list)).data!['routingDecisions'] as {
        headCursor: string;
        nodes: { id: string; cursor: string }[];
      };
    const { headCursor } = await page();
    const routed = [await route(north.keys.AGENT), await route(north.keys.AGENT)];
    const all = await follow<{ id: string; cursor: string }>(
      `routingDecisions(after: "${headCursor}") { id cursor }`,
      north.keys.VIEWER,
    );
    await all.until(2);
    expect(ids(all.events())).toEqual(routed);
    const rest = await follow<{ id: string }>(
      `routingDecisions(after: "${all.events()[0]!.cursor}") { id }`,
      north.keys.VIEWER,
    );
    await rest.until(1);
    expect(ids(rest.events())).toEqual(routed.slice(1));
  });

  it('is an ADMIN’s to follow of any tenant', async () => {
    const client = await followLive<{ id: string }>(`routingDecisions(tenantId: "${south.tenant}") { id }`);
    const routed = await route(south.keys.AGENT);
    await client.until(1);
    expect(ids(client.events())).toEqual([routed]);
  });

  it('never mixes tenants, loses or repeats, when more happens than buffers hold while nobody reads', async () => {
    const rejected = 'plan { rejected { providerSlug modelSlug detail } }';
    const big = `routingDecisions { tenantId auditSeq one: ${rejected} two: ${rejected} three: ${rejected} }`;
    const tenants = [north, south];
    const lagging = [
      await followLive<Told>(big, north.keys.VIEWER),
      await followLive<Told>(big, south.keys.VIEWER),
    ];
    const reading = await followLive<Told>('routingDecisions { tenantId auditSeq }', south.keys.VIEWER);
    for (const { client } of lagging) client.socket.pause();
    const count = 4 * FEED_BUFFER;
    for (let told = 0; told < count; told += FEED_BUFFER) {
      for (const settled of tenants) await repeatDecision(settled, 1_000 + told, FEED_BUFFER);
      await reading.until(told + FEED_BUFFER);
    }
    for (const { client } of lagging) client.socket.resume();
    const seqs = Array.from({ length: count }, (_, index) => 1_001 + index);
    for (const [index, client] of [...lagging, reading].entries()) {
      await client.until(count);
      expect(client.events().map(({ auditSeq }) => auditSeq)).toEqual(seqs);
      const { tenant } = tenants[index] ?? south;
      expect(new Set(client.events().map(({ tenantId }) => tenantId))).toEqual(new Set([tenant]));
    }
  }, 60_000);
});
