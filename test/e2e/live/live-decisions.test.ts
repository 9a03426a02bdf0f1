import { describe, expect, it } from 'vitest';
import { FEED_BUFFER } from '../../../src/events/key-feed.service.ts';
import type { SettledTenant } from '../access/settled-tenant.ts';
import { useLiveStage } from './live-stage.ts';

const stage = useLiveStage();
const { follow, followLive, routeBy } = stage;

const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id);

interface Told {
  readonly tenantId: string;
  readonly auditSeq: number;
}

/** So many more decisions like a tenant's own, whose ends stand after `afterSeq` in its chain. */
function repeatDecision(settled: SettledTenant, afterSeq: number, count: number): Promise<number> {
  return stage.server.app.services.database.prisma.$executeRaw`
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
    const own = await followLive<{ id: string; tenantId: string }>(field, stage.north.keys.VIEWER);
    const others = await followLive<{ id: string; tenantId: string }>(field, stage.south.keys.VIEWER);
    const routed: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const [mine] = await Promise.all([routeBy(stage.north.keys.AGENT), routeBy(stage.south.keys.AGENT)]);
      routed.push(mine);
    }
    await Promise.all([own.until(3), others.until(3)]);
    expect(ids(own.events())).toEqual(routed);
    expect(new Set(others.events().map(({ tenantId }) => tenantId))).toEqual(new Set([stage.south.tenant]));
    expect(own.events()[0]).toMatchObject({ status: 'SUCCEEDED', attempts: [{ status: 'OK' }] });
  });

  it('goes on after the cursor of a decision, and after a list’s head', async () => {
    const list = `{ routingDecisions(tenantId: "${stage.north.tenant}", first: 1) { headCursor nodes { id cursor } } }`;
    const page = async () =>
      (await stage.server.ask(list)).data!['routingDecisions'] as {
        headCursor: string;
        nodes: { id: string; cursor: string }[];
      };
    const { headCursor } = await page();
    const routed = [await routeBy(stage.north.keys.AGENT), await routeBy(stage.north.keys.AGENT)];
    const all = await follow<{ id: string; cursor: string }>(
      `routingDecisions(after: "${headCursor}") { id cursor }`,
      stage.north.keys.VIEWER,
    );
    await all.until(2);
    expect(ids(all.events())).toEqual(routed);
    const rest = await follow<{ id: string }>(
      `routingDecisions(after: "${all.events()[0]!.cursor}") { id }`,
      stage.north.keys.VIEWER,
    );
    await rest.until(1);
    expect(ids(rest.events())).toEqual(routed.slice(1));
  });

  it('is an ADMIN’s to follow of any tenant', async () => {
    const client = await followLive<{ id: string }>(
      `routingDecisions(tenantId: "${stage.south.tenant}") { id }`,
    );
    const routed = await routeBy(stage.south.keys.AGENT);
    await client.until(1);
    expect(ids(client.events())).toEqual([routed]);
  });

  it('never mixes tenants, loses or repeats, when more happens than buffers hold while nobody reads', async () => {
    const rejected = 'plan { rejected { providerSlug modelSlug detail } }';
    const big = `routingDecisions { tenantId auditSeq one: ${rejected} two: ${rejected} three: ${rejected} }`;
    const tenants = [stage.north, stage.south];
    const lagging = [
      await followLive<Told>(big, stage.north.keys.VIEWER),
      await followLive<Told>(big, stage.south.keys.VIEWER),
    ];
    const reading = await followLive<Told>('routingDecisions { tenantId auditSeq }', stage.south.keys.VIEWER);
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
      const { tenant } = tenants[index] ?? stage.south;
      expect(new Set(client.events().map(({ tenantId }) => tenantId))).toEqual(new Set([tenant]));
    }
  }, 60_000);
});
