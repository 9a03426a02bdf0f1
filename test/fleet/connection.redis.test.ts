import { describe, expect, test } from 'vitest';
import { openTestLink } from '../support/redis/connect.ts';
import { canStartRedis, createOwnRedis } from '../support/redis/own-redis.ts';
import { until } from '../support/time/until.ts';

describe.skipIf(!canStartRedis)('a connection to Redis', () => {
  test('is down, and says so, from the moment that it leaves its server, however long that takes to close', async () => {
    await using redis = await createOwnRedis();
    using link = openTestLink(redis.url);
    const heard: string[] = [];
    using connection = link.open({
      onUp: () => void heard.push('up'),
      onDown: (reason) => void heard.push(`down: ${reason}`),
    });
    await until(() => connection.isUp());
    connection.leave('another server has taken over');
    connection.leave('it was said before');
    expect(connection.isUp()).toBe(false);
    expect(connection.serverId()).toBeUndefined();
    expect(heard).toEqual(['up', 'down: another server has taken over']);

    await until(() => connection.isUp());
    expect(heard).toEqual(['up', 'down: another server has taken over', 'up']);
  });

  test('is told to be lost once more when it is lost after it has left and come back', async () => {
    await using redis = await createOwnRedis();
    using link = openTestLink(redis.url);
    const reasons: string[] = [];
    using connection = link.open({ onUp: () => {}, onDown: (reason) => void reasons.push(reason) });
    await until(() => connection.isUp());
    connection.leave('another server has taken over');
    await until(() => connection.isUp());
    await redis.kill();
    await until(() => reasons.length > 1);
    expect(connection.isUp()).toBe(false);
  });
});
