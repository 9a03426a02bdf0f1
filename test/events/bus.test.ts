import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import type { Bus } from '../../src/events/bus.ts';
import type { Topic } from '../../src/events/topic.ts';
import type { Log } from '../../src/system/log.ts';
import { createKeptLog, type KeptLog } from '../support/logs/kept-log.ts';
import { canStartRedis } from '../support/redis/own-redis.ts';
import { createRedisCluster, type RedisCluster } from '../support/redis/cluster.ts';
import { listen, openRedisBus } from './buses.ts';

/** Where an event is told, and where it is heard. */
interface Ends {
  readonly near: Bus;
  readonly far: Bus;
}

async function inMemory(log: Log): Promise<Ends> {
  const bus = createMemoryBus(log);
  return { near: bus, far: bus };
}

async function onOneInstance(log: Log): Promise<Ends> {
  const bus = await openRedisBus(inject('redisUrl') ?? '', log);
  return { near: bus, far: bus };
}

async function betweenInstances(log: Log): Promise<Ends> {
  const url = inject('redisUrl') ?? '';
  return { near: await openRedisBus(url, log), far: await openRedisBus(url, log) };
}

let cluster: RedisCluster | undefined;
beforeAll(async () => {
  if (canStartRedis) cluster = await createRedisCluster();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

async function overCluster(log: Log): Promise<Ends> {
  const url = cluster!.url;
  return { near: await openRedisBus(url, log), far: await openRedisBus(url, log) };
}

const withoutRedis = inject('redisUrl') === null;

describe.for([
  { where: 'in memory', open: inMemory, skip: false },
  { where: 'over Redis, on one instance', open: onOneInstance, skip: withoutRedis },
  { where: 'over Redis, between instances', open: betweenInstances, skip: withoutRedis },
  { where: 'over a Redis cluster, between instances', open: overCluster, skip: !canStartRedis },
])('the bus $where', ({ open, skip }) => {
  let ends: Ends;
  let log: KeptLog;
  let key: string;
  beforeEach(async ({ skip: skipTest }) => {
    if (skip) return skipTest();
    log = createKeptLog();
    key = randomUUID();
    ends = await open(log);
  });
  afterEach(() => {
    if (skip) return;
    ends.near[Symbol.dispose]();
    ends.far[Symbol.dispose]();
  });

  const publish = (topic: Topic, ...seqs: number[]) => {
    for (const seq of seqs) ends.near.publish({ topic, key, seq });
  };

  it('is heard by a subscription from the moment it resolves, in order and once', async () => {
    const ear = await listen(ends.far, 'policies', key);
    const seqs = Array.from({ length: 100 }, (_, index) => index + 1);
    publish('policies', ...seqs);
    await ear.until(100);
    expect(ear.heard).toEqual(seqs);
  });

  it('tells a subscription of its own topic alone', async () => {
    const policies = await listen(ends.far, 'policies', key);
    const catalog = await listen(ends.far, 'catalog', key);
    publish('catalog', 1);
    publish('policies', 2);
    publish('catalog', 3);
    await Promise.all([policies.until(2), catalog.until(3)]);
    expect([policies.heard, catalog.heard]).toEqual([[2], [1, 3]]);
  });

  it('has returned to its publisher before anybody hears', async () => {
    const ear = await listen(ends.far, 'keys', key);
    publish('keys', 1);
    expect(ear.heard).toEqual([]);
    await ear.until(1);
  });

  it('keeps a listener that throws, rejects or never ends from harming any other', async () => {
    const broken = [
      () => {
        throw new Error('thrown');
      },
      () => Promise.reject(new Error('rejected')),
      () => new Promise<void>(() => {}),
    ];
    for (const listener of broken)
      await ends.far.subscribe('keys', ({ key: k }) => (k === key ? listener() : undefined));
    const ear = await listen(ends.far, 'keys', key);
    publish('keys', 1, 2);
    await ear.until(2);
    expect(ear.heard).toEqual([1, 2]);
    expect(log.lines).toEqual(Array(4).fill('error: A listener of the event bus failed.'));
  });

  it('goes on telling those who stay when one of them leaves', async () => {
    const leaving = await listen(ends.far, 'keys', key);
    const staying = await listen(ends.far, 'keys', key);
    publish('keys', 1);
    await Promise.all([leaving.until(1), staying.until(1)]);
    leaving[Symbol.dispose]();
    leaving[Symbol.dispose]();
    publish('keys', 2);
    await staying.until(2);
    expect([leaving.heard, staying.heard]).toEqual([[1], [1, 2]]);
  });

  it('is heard again by whoever subscribes as the last one leaves', async () => {
    const first = await listen(ends.far, 'keys', key);
    first[Symbol.dispose]();
    const second = await listen(ends.far, 'keys', key);
    publish('keys', 1);
    await second.until(1);
    expect([first.heard, second.heard]).toEqual([[], [1]]);
  });

  it('counts one function that is subscribed twice as two listeners', async () => {
    const heard: number[] = [];
    const listener = ({ key: k, seq }: { key: string; seq: number }) => void (k === key && heard.push(seq));
    const once = await ends.far.subscribe('keys', listener);
    await ends.far.subscribe('keys', listener);
    const ear = await listen(ends.far, 'keys', key);
    publish('keys', 1);
    await ear.until(1);
    once[Symbol.dispose]();
    publish('keys', 2);
    await ear.until(2);
    expect(heard).toEqual([1, 1, 2]);
  });

  it('is healthy, and neither throws nor speaks after it is disposed of', async () => {
    expect([ends.near.healthy(), ends.far.healthy()]).toEqual([true, true]);
    ends.near[Symbol.dispose]();
    expect(() => publish('keys', 1)).not.toThrow();
    expect(log.lines).toEqual([]);
  });
});
