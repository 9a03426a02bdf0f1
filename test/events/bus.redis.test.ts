import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../src/events/bus.ts';
import { createKeptLog, type KeptLog } from '../support/logs/kept-log.ts';
import { canStartRedis, createOwnRedis, type OwnRedis } from '../support/redis/own-redis.ts';
import { listen, openRedisBus } from './buses.ts';
import { until } from '../support/time/until.ts';

const away = 'warn: Redis is away: other instances learn of changes by polling.';
const back = 'info: Redis is back: instances hear of changes at once.';

describe.skipIf(!canStartRedis)('the bus over Redis', () => {
  let stack: AsyncDisposableStack;
  let redis: OwnRedis;
  let log: KeptLog;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    redis = stack.use(await createOwnRedis());
    log = createKeptLog();
  });
  afterEach(() => stack.disposeAsync());

  async function open(url = redis.url): Promise<Bus> {
    return stack.use(await openRedisBus(url, log));
  }

  function administer(): Redis {
    return stack.adopt(new Redis(redis.url), (client) => client.disconnect());
  }

  /** How often a resync has been asked for. */
  function countResyncs(bus: Bus): () => number {
    const listener = vi.fn();
    bus.onResync(listener);
    return () => listener.mock.calls.length;
  }

  it('hears through one connection, however many listen', async () => {
    const bus = await open();
    for (const topic of ['catalog', 'policies', 'keys', 'keys'] as const)
      await bus.subscribe(topic, () => {});
    const clients = String(await administer().client('LIST'))
      .trim()
      .split('\n');
    expect(clients.filter((client) => /\bssub=[1-9]/.test(client))).toHaveLength(1);
  });

  it('is heard once on its own instance, although Redis sends it back', async () => {
    const [near, far] = [await open(), await open()];
    const ears = [await listen(near, 'keys', 'k'), await listen(far, 'keys', 'k')] as const;
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ears[1].until(1);
    // Redis has sent the first one to both by now, and sends in order.
    far.publish({ topic: 'keys', key: 'k', seq: 2 });
    await ears[0].until(2);
    expect(ears[0].heard).toEqual([1, 2]);
  });

  it('passes over what is no event and goes on hearing', async () => {
    const [near, far] = [await open(), await open()];
    const ear = await listen(far, 'keys', 'k');
    const admin = administer();
    const texts = ['', '{', 'null', '[]', '{"origin":"x","key":"k"}', '{"origin":"x","key":"k","seq":1.5}'];
    for (const text of texts) await admin.spublish('switchyard:{fleet}:keys', text);
    near.publish({ topic: 'keys', key: 'k', seq: 7 });
    await ear.until(7);
    expect(ear.heard).toEqual([7]);
    expect(log.lines).toEqual(texts.map(() => 'warn: A message on a channel of ours is none of ours.'));
  });

  it('starts without Redis, is heard on its own instance, and joins when Redis comes', async () => {
    await redis.kill();
    const [near, far] = [await open(), await open()];
    const resyncs = countResyncs(far);
    const ear = await listen(far, 'keys', 'k');
    far.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ear.until(1);
    expect([near.healthy(), far.healthy(), resyncs()]).toEqual([false, false, 0]);

    await redis.start();
    await until(() => near.healthy() && far.healthy());
    near.publish({ topic: 'keys', key: 'k', seq: 2 });
    await ear.until(2);
    expect(resyncs()).toBe(1);
  });

  it('survives that Redis is killed: reports it once, counts what it drops, rejoins and asks for a resync', async () => {
    const [near, far] = [await open(), await open()];
    const ear = await listen(far, 'keys', 'k');
    const resyncs = countResyncs(far);
    await redis.kill();
    await until(() => !near.healthy() && !far.healthy());
    for (let seq = 1; seq <= 3; seq += 1) near.publish({ topic: 'keys', key: 'k', seq });

    await redis.start();
    await until(() => near.healthy() && far.healthy());
    near.publish({ topic: 'keys', key: 'k', seq: 4 });
    await ear.until(4);
    expect(ear.heard).toEqual([4]);
    expect(resyncs()).toBe(1);
    expect(log.lines.toSorted()).toEqual([back, back, away, away]);
    expect(log.fields.toSorted().slice(0, 2)).toEqual(['{"droppedEvents":0}', '{"droppedEvents":3}']);
  });

  it('notices that Redis is paused, although no connection closes, and asks for a resync afterwards', async () => {
    const [near, far] = [await open(), await open()];
    const ear = await listen(far, 'keys', 'k');
    const resyncs = countResyncs(far);
    redis.pause();
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await until(() => !near.healthy() && !far.healthy());
    const late = await listen(far, 'policies', 'k');

    redis.resume();
    await until(() => near.healthy() && far.healthy());
    near.publish({ topic: 'keys', key: 'k', seq: 2 });
    near.publish({ topic: 'policies', key: 'k', seq: 3 });
    await Promise.all([ear.until(2), late.until(3)]);
    expect(resyncs()).toBe(1);
  });

  it('lets a subscription that is made while Redis is paused resolve', async () => {
    const bus = await open();
    const resyncs = countResyncs(bus);
    redis.pause();
    await bus.subscribe('keys', () => {});
    expect(bus.healthy()).toBe(false);
    redis.resume();
    await until(() => bus.healthy());
    expect(resyncs()).toBe(1);
  });

  it('asks again for channels that Redis refuses, until it grants them', async () => {
    const [near, far] = [await open(), await open()];
    const resyncs = countResyncs(far);
    const admin = administer();
    await admin.acl('SETUSER', 'default', 'resetchannels', '&other');
    const ear = await listen(far, 'keys', 'k');
    expect(far.healthy()).toBe(false);

    await admin.acl('SETUSER', 'default', 'allchannels');
    await until(() => near.healthy() && far.healthy());
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ear.until(1);
    expect(resyncs()).toBeGreaterThan(0);
  });

  it('reports once that Redis refuses to publish, and recovers with the first event that passes', async () => {
    const bus = await open();
    const admin = administer();
    await admin.acl('SETUSER', 'default', '-spublish');
    bus.publish({ topic: 'keys', key: 'k', seq: 1 });
    bus.publish({ topic: 'keys', key: 'k', seq: 2 });
    await until(() => !bus.healthy());
    await admin.acl('SETUSER', 'default', '+spublish');
    bus.publish({ topic: 'keys', key: 'k', seq: 3 });
    await until(() => bus.healthy());
    expect(log.lines).toEqual([away, back]);
    expect(log.fields[1]).toBe('{"droppedEvents":2}');
  });

  it('needs no more rights than the operations guide names', async () => {
    const keys = ['+eval', '+time', '+hset', '+hgetall', '+hdel', '+pexpire', 'resetkeys', '~switchyard:*'];
    const rules = ['on', '>hunter2', '-@all', '+@connection', '+@pubsub', '+info', 'resetchannels', ...keys];
    await administer().acl('SETUSER', 'switchyard', ...rules, '&switchyard:*');
    const url = redis.url.replace('//', '//switchyard:hunter2@');
    const [near, far] = [await open(url), await open(url)];
    const ear = await listen(far, 'keys', 'k');
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ear.until(1);
    expect(log.lines).toEqual([]);
  });

  it('never logs the password, also when Redis refuses it', async () => {
    const bus = await open(redis.url.replace('//', '//someone:hunter2@'));
    expect(bus.healthy()).toBe(false);
    expect(log.lines).toEqual([away]);
    expect(log.fields.join()).toContain('WRONGPASS');
    expect(log.fields.join()).not.toContain('hunter2');
  });
});
