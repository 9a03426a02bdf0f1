import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bus } from '../../../src/events/bus.ts';
import { listen, openRedisBus } from '../../events/buses.ts';
import { createKeptLog, type KeptLog } from '../../support/logs/kept-log.ts';
import { openAddress } from '../../support/redis/address.ts';
import { openTestLink } from '../../support/redis/connect.ts';
import { canStartRedis, createOwnRedis, type OwnRedis } from '../../support/redis/own-redis.ts';
import { until } from '../../support/time/until.ts';

const away = 'warn: Redis is away: other instances learn of changes by polling.';
const back = 'info: Redis is back: instances hear of changes at once.';

/** What answers promise: that Redis is of no use is known so soon. A machine that is busy gets as long again. */
const NOTICED_MS = 2 * 3000;

describe.skipIf(!canStartRedis)('the link to a Redis', () => {
  let stack: AsyncDisposableStack;
  let redis: OwnRedis;
  let log: KeptLog;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    redis = stack.use(await createOwnRedis());
    log = createKeptLog();
  });
  afterEach(() => stack.disposeAsync());

  const open = async (url = redis.url): Promise<Bus> => stack.use(await openRedisBus(url, log));
  const administer = (server = redis): Redis =>
    stack.adopt(new Redis(server.url), (client) => client.disconnect());
  const reasons = (): unknown[] =>
    log.fields.map((fields) => (JSON.parse(fields) as { reason?: string }).reason);

  test('that is full is as good as none, and serves again by itself', async () => {
    const bus = await open();
    const admin = administer();
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await admin.config('SET', 'maxmemory', '1');
    await until(() => !bus.healthy(), NOTICED_MS);
    expect(reasons()[0]).toMatch(/^OOM /);
    await admin.config('SET', 'maxmemory', '0');
    await until(() => bus.healthy());
    expect(log.lines).toEqual([away, back]);
  });

  test('that cannot save and takes nothing is as good as none, and serves again by itself', async () => {
    const bus = await open();
    const admin = administer();
    await admin.config('SET', 'min-replicas-to-write', '1');
    await until(() => !bus.healthy(), NOTICED_MS);
    expect(reasons()[0]).toMatch(/^NOREPLICAS /);
    await admin.config('SET', 'min-replicas-to-write', '0');
    await until(() => bus.healthy());
    expect(log.lines).toEqual([away, back]);
  });

  test('that refuses writes to our user is as good as none, and serves again when it grants them', async () => {
    const bus = await open();
    const admin = administer();
    await admin.acl('SETUSER', 'default', '-hset');
    await until(() => !bus.healthy(), NOTICED_MS);
    expect(String(reasons()[0])).toMatch(/can't run this command/);
    await admin.acl('SETUSER', 'default', '+hset');
    await until(() => bus.healthy());
    expect(log.lines).toEqual([away, back]);
  });

  test('that has become a replica is as good as none, and serves again when it is a master', async () => {
    const bus = await open();
    const other = stack.use(await createOwnRedis());
    const admin = administer();
    await admin.replicaof('127.0.0.1', other.port);
    await until(() => !bus.healthy(), NOTICED_MS);
    expect(String(reasons()[0])).toMatch(/^READONLY |follows another one/);
    await admin.replicaof('NO', 'ONE');
    await until(() => bus.healthy());
    expect(log.lines).toEqual([away, back]);
  });

  test('one that has always been a replica is never used', async () => {
    const replica = stack.use(
      await createOwnRedis({ args: ['--replicaof', '127.0.0.1', String(redis.port)] }),
    );
    const bus = await open(replica.url);
    expect(bus.healthy()).toBe(false);
    expect(String(reasons()[0])).toContain('follows another one');
  });

  test('whose address leads to the server that has taken over follows it, and events flow there', async () => {
    const next = stack.use(await createOwnRedis({ args: ['--replicaof', '127.0.0.1', String(redis.port)] }));
    const address = stack.use(await openAddress(redis));
    const [near, far] = [await open(address.url), await open(address.url)];
    const ear = await listen(far, 'keys', 'k');
    await administer(next).replicaof('NO', 'ONE');
    await administer(redis).replicaof('127.0.0.1', next.port);
    address.leadTo(next);
    await until(() => log.lines.includes(away), NOTICED_MS);
    await until(() => near.healthy() && far.healthy());
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ear.until(1);
    await expectNobodyAt(redis);
  });

  test('whose address leads to another server follows it, although the old one goes on and says nothing', async () => {
    const other = stack.use(await createOwnRedis());
    const address = stack.use(await openAddress(redis));
    const near = await open(address.url);
    address.leadTo(other);
    const far = await open(address.url);
    const ear = await listen(far, 'keys', 'k');
    await expectNobodyAt(redis);
    await until(() => near.healthy());
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ear.until(1);
    expect(reasons()).toContain('its address leads to another server now');
  });

  test('whose address leads to none stays where it is', async () => {
    const gone = stack.use(await createOwnRedis());
    const address = stack.use(await openAddress(redis));
    const bus = await open(address.url);
    await gone.kill();
    address.leadTo(gone);
    // It has looked, more than once, when the address was asked for new connections.
    const asked = address.connections();
    await until(() => address.connections() >= asked + 2);
    expect(bus.healthy()).toBe(true);
    expect(log.lines).toEqual([]);
  });

  /** Resolves when no connection of ours is left at a server. */
  async function expectNobodyAt(server: OwnRedis): Promise<void> {
    const admin = administer(server);
    await until(async () => {
      const clients = String(await admin.client('LIST'))
        .trim()
        .split('\n');
      // What a connection does last tells whose it is; one that only looks in now and then is none of these.
      return !clients.some(
        (client) => !client.includes('flags=M ') && /cmd=(eval|ssubscribe|ping)/.test(client),
      );
    });
  }
});

describe.skipIf(!canStartRedis)('two installations that share a Redis', () => {
  const mine = { installation: 'mine' };
  const theirs = { installation: 'theirs' };

  test('with one prefix are told of each other, by name, until one of them leaves', async () => {
    await using redis = await createOwnRedis();
    const [one, other] = [createKeptLog(), createKeptLog()];
    using _first = openTestLink(redis.url, { ...mine, log: one });
    using _second = openTestLink(redis.url, { ...mine, log: one });
    {
      using _neighbour = openTestLink(redis.url, { ...theirs, log: other });
      await until(() => one.lines.length >= 2 && other.lines.length >= 1);
      expect(one.lines).toHaveLength(2);
      expect(one.lines[0]).toMatch(/^warn: Another installation.*SWITCHYARD_REDIS_PREFIX/);
      expect(one.fields[0]).toBe('{"prefix":"switchyard","others":["theirs"]}');
      expect(other.fields[0]).toBe('{"prefix":"switchyard","others":["mine"]}');
    }
    await until(() => one.lines.length === 4, 30_000);
    expect(one.lines[2]).toMatch(/^info: No other installation/);
  });

  test('with prefixes of their own hear nothing of each other, and keep their keys apart', async () => {
    await using redis = await createOwnRedis();
    const log = createKeptLog();
    using near = await openRedisBus(redis.url, log, { ...mine, prefix: 'one' });
    using far = await openRedisBus(redis.url, log, { ...mine, prefix: 'one' });
    using stranger = await openRedisBus(redis.url, log, { ...theirs, prefix: 'two' });
    const ears = [await listen(far, 'keys', 'k'), await listen(stranger, 'keys', 'k')] as const;
    near.publish({ topic: 'keys', key: 'k', seq: 1 });
    await ears[0].until(1);
    stranger.publish({ topic: 'keys', key: 'k', seq: 2 });
    await ears[1].until(2);
    near.publish({ topic: 'keys', key: 'k', seq: 3 });
    await ears[0].until(3);
    expect([ears[0].heard, ears[1].heard]).toEqual([[1, 3], [2]]);
    using admin = connection(redis);
    expect((await admin.client.keys('*')).sort()).toEqual([
      'one:{fleet}:installations',
      'two:{fleet}:installations',
    ]);
    expect(log.lines).toEqual([]);
  });
});

function connection(redis: OwnRedis) {
  const client = new Redis(redis.url);
  return { client, [Symbol.dispose]: () => client.disconnect() };
}
