import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../../src/events/bus.ts';
import { createKeptLog, type KeptLog } from '../../support/logs/kept-log.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { createRedisCluster, type RedisCluster } from '../../support/redis/cluster.ts';
import { listen, openRedisBus } from '../../events/buses.ts';
import { until } from '../../support/time/until.ts';

describe.skipIf(!canStartRedis)('the bus over a Redis cluster', () => {
  let stack: AsyncDisposableStack;
  let cluster: RedisCluster;
  let log: KeptLog;
  let near: Bus;
  let far: Bus;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    cluster = stack.use(await createRedisCluster());
    log = createKeptLog();
    near = stack.use(await openRedisBus(cluster.url, log));
    far = stack.use(await openRedisBus(cluster.url, log));
  });
  afterEach(() => stack.disposeAsync());

  const healthy = (value: boolean) => until(() => near.healthy() === value && far.healthy() === value);

  /** Tells of rising numbers until one is heard, as a fleet at work does. */
  async function expectHeard(heard: readonly number[], firstSeq: number): Promise<void> {
    let seq = firstSeq;
    await until(() => {
      near.publish({ topic: 'keys', key: 'k', seq });
      seq += 1;
      return heard.some((number) => number >= firstSeq);
    });
  }

  it('survives that the node of its slot is killed: rejoins when it is back, and asks for a resync', async () => {
    const ear = await listen(far, 'keys', 'k');
    const resyncs = vi.fn();
    far.onResync(resyncs);
    const owner = await cluster.owner();
    await owner.kill();
    await healthy(false);
    expect(log.lines.every((line) => line.startsWith('warn: Redis is away'))).toBe(true);

    await owner.start();
    await cluster.whole();
    await expectHeard(ear.heard, 1);
    await healthy(true);
    expect(resyncs).toHaveBeenCalled();
  });

  it('goes over to the replica that takes the place of its node, and asks for a resync', async () => {
    const ear = await listen(far, 'keys', 'k');
    const resyncs = vi.fn();
    far.onResync(resyncs);
    const owner = await cluster.owner();
    await cluster.addReplica(owner);
    await owner.kill();
    await healthy(false);
    await healthy(true);
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ear.until(1);
    expect(resyncs).toHaveBeenCalled();
  });

  it('goes on while another node is away, and says that nothing can be written as long as the cluster is not whole', async () => {
    const ear = await listen(far, 'keys', 'k');
    const resyncs = vi.fn();
    far.onResync(resyncs);
    const [other] = await cluster.others();
    await other!.kill();
    await cluster.broken();
    await healthy(false);
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ear.until(1);
    await other!.start();
    await cluster.whole();
    await healthy(true);
    near.publish({ topic: 'keys', key: 'k', seq: 2 });
    await ear.until(2);
    expect(resyncs.mock.calls).toEqual([]);
    expect(log.fields.join()).toContain('CLUSTERDOWN');
  });

  it('starts while a node that its address names is away', async () => {
    const owner = await cluster.owner();
    const [other] = await cluster.others();
    await other!.kill();
    const late = stack.use(await openRedisBus(`${other!.url},${owner.url}`, log));
    await until(() => late.healthy());
    const ear = await listen(late, 'keys', 'k');
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ear.until(1);
    expect(ear.heard).toEqual([1]);
  });

  it('follows its slot to another node, and asks for a resync', async () => {
    const ear = await listen(far, 'keys', 'k');
    const resyncs = vi.fn();
    far.onResync(resyncs);
    const [target] = await cluster.others();
    await cluster.moveSlot(target!);
    await expectHeard(ear.heard, 1);
    await healthy(true);
    expect(resyncs).toHaveBeenCalled();
  });
});
