import { describe, expect, inject, it } from 'vitest';
import type { PrismaClient } from '../../../src/storage/generated/prisma/client.ts';
import {
  addModel,
  admits,
  change,
  issueKey,
  previewOf,
  PREFERRED,
  setTimeLimit,
  SPARE,
  untilKnown,
} from '../../support/graphql/admin.ts';
import { breakerOf, fail, onceAt, untilShown } from '../../support/graphql/breakers.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import { LONGEST_WAIT_MS } from '../../support/time/in-time.ts';

/** Takes a copy of what servers keep in memory; returns what puts it back, as if the changes since had never been made. */
async function copyTables(db: PrismaClient): Promise<() => Promise<void>> {
  const [breakers, topics, policies, keys, models, scores, providers] = await db.$transaction([
    db.circuitBreaker.findMany(),
    db.topicVersion.findMany(),
    db.tenantRoutingPolicy.findMany(),
    db.apiKey.findMany(),
    db.model.findMany(),
    db.atsScore.findMany(),
    db.provider.findMany(),
  ]);
  return async () => {
    await db.$transaction([
      db.circuitBreaker.deleteMany(),
      db.circuitBreaker.createMany({ data: breakers }),
      db.topicVersion.deleteMany(),
      db.topicVersion.createMany({ data: topics }),
      db.tenantRoutingPolicy.deleteMany(),
      db.tenantRoutingPolicy.createMany({ data: policies }),
      db.apiKey.deleteMany(),
      db.apiKey.createMany({ data: keys }),
      db.atsScore.deleteMany(),
      db.model.deleteMany(),
      db.provider.deleteMany(),
      db.provider.createMany({ data: providers }),
      db.model.createMany({ data: models.map((row) => ({ ...row, prices: row.prices ?? [] })) }),
      db.atsScore.createMany({ data: scores }),
    ]);
  };
}

describe.skipIf(inject('postgres') === null || !canStartRedis)('an older copy under running servers', () => {
  it('is followed by breakers, policies, the catalog and keys of each, and works on from there', async () => {
    await using provider = await startScriptedProvider();
    await using late = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 60_000 } });
    const servers = [await fleet.start(), await fleet.start()] as const;
    const [one, other] = servers;
    await addModel(one, 'one', provider, PREFERRED);
    await setTimeLimit(one, 20_000);
    await untilKnown(other, 'one');
    const restore = await copyTables(one.app.services.database.prisma);

    await fail(one, 'one', provider, 2);
    await setTimeLimit(one, 30_000);
    await addModel(one, 'late', late, SPARE);
    const key = await issueKey(one);
    for (const server of servers) {
      await untilShown(server, 'one', { state: 'OPEN', generation: 1 });
      await untilKnown(server, 'late');
      await expect.poll(() => admits(server, key.text), { timeout: LONGEST_WAIT_MS }).toBe(true);
      await expect
        .poll(() => previewOf(server), { timeout: LONGEST_WAIT_MS })
        .toMatchObject({
          timeoutMs: 30_000,
        });
    }

    await restore();
    for (const server of servers) {
      await untilShown(server, 'one', { state: 'CLOSED', generation: 0 });
      await expect.poll(() => admits(server, key.text), { timeout: LONGEST_WAIT_MS }).toBe(false);
      await expect
        .poll(() => previewOf(server), { timeout: LONGEST_WAIT_MS })
        .toMatchObject({
          timeoutMs: 20_000,
          providers: expect.not.arrayContaining(['late']) as string[],
        });
    }
    const { generation } = await breakerOf(other, 'one');
    const target = { providerSlug: 'one', modelSlug: 'model', reason: 'an exercise', generation };
    await change(other, 'resetBreaker', target);
    for (const server of servers) await untilShown(server, 'one', { state: 'CLOSED', generation: 1 });
    await setTimeLimit(other, 40_000);
    for (const server of servers) {
      await expect
        .poll(() => previewOf(server), { timeout: LONGEST_WAIT_MS })
        .toMatchObject({
          timeoutMs: 40_000,
        });
      expect(await route(server, onceAt('one'))).toMatchObject({ __typename: 'RouteSuccess' });
    }
  }, 120_000);
});
