import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../../src/events/bus.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { createSentinelGroup, type SentinelGroup } from '../../support/redis/sentinels.ts';
import { listen, openRedisBus } from '../../events/buses.ts';
import { until } from '../../support/time/until.ts';

describe.skipIf(!canStartRedis)('the bus over a Redis that sentinels watch', () => {
  const stack = new AsyncDisposableStack();
  const log = createKeptLog();
  let group: SentinelGroup;
  let near: Bus;
  let far: Bus;
  beforeAll(async () => {
    group = stack.use(await createSentinelGroup());
    near = stack.use(await openRedisBus(group.url, log));
    far = stack.use(await openRedisBus(group.url, log));
  });
  afterAll(() => stack.disposeAsync());

  it('is carried by the master', async () => {
    const ear = await listen(far, 'keys', 'k');
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ear.until(1);
    expect(log.lines).toEqual([]);
  });

  it('goes over to the new master when the old one is killed, and asks for a resync', async () => {
    const ear = await listen(far, 'keys', 'k');
    const resyncs = vi.fn();
    far.onResync(resyncs);
    await group.first.kill();
    await until(() => !near.healthy() && !far.healthy());
    await until(() => near.healthy() && far.healthy());
    near.publish({ topic: 'keys', key: 'k', seq: 2 });
    await ear.until(2);
    expect(resyncs).toHaveBeenCalledTimes(1);
  });

  it('stays with the new master when the old one comes back, and keeps working', async () => {
    await group.first.start();
    const ear = await listen(far, 'keys', 'k');
    near.publish({ topic: 'keys', key: 'k', seq: 3 });
    await ear.until(3);
    expect([near.healthy(), far.healthy()]).toEqual([true, true]);
  });

  it.each([
    ['the servers', 'hunter2'],
    ['the sentinels', 's3cret'],
  ])('says that %s refuse its password, and never what it is', async (_, password) => {
    const own = createKeptLog();
    using refused = await openRedisBus(group.url.replace(password, 'swordfish'), own);
    expect(refused.healthy()).toBe(false);
    expect(own.fields.join()).toContain('WRONGPASS');
    expect(own.fields.join()).not.toContain('swordfish');
  });
});
