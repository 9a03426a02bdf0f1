import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  parseRedisUrl,
  redisUrlIssues,
  type RedisAddress,
  type RedisCredentials,
  type RedisTarget,
} from '../../src/fleet/redis-url.ts';

describe('a Redis URL', () => {
  test.each<[string, RedisTarget]>([
    ['redis://localhost', single({ host: 'localhost', port: 6379 })],
    ['redis://localhost/', single({ host: 'localhost', port: 6379 })],
    ['redis://10.0.0.1:6380/3', { ...single({ host: '10.0.0.1', port: 6380 }), database: 3 }],
    ['redis://[::1]:6379', single({ host: '::1', port: 6379 })],
    ['rediss://redis', { ...single({ host: 'redis', port: 6379 }), tls: true }],
    ['redis://:a,b@redis', { ...single({ host: 'redis', port: 6379 }), credentials: { password: 'a,b' } }],
    [
      'redis://us%40er:p%2Fw:x@redis',
      {
        ...single({ host: 'redis', port: 6379 }),
        credentials: { username: 'us@er', password: 'p/w:x' },
      },
    ],
    [
      'rediss://u:p,q@a:1,b,[::1]:3',
      {
        ...{ kind: 'cluster', tls: true, credentials: { username: 'u', password: 'p,q' } },
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 6379 },
          { host: '::1', port: 3 },
        ],
      },
    ],
    [
      'redis://u:p@a:1,redis://b:2/0,redis://u:p@c:3',
      {
        ...{ kind: 'cluster', tls: false, credentials: { username: 'u', password: 'p' } },
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: 'c', port: 3 },
        ],
      },
    ],
    [
      'redis+sentinel://:pw@a,b:1/main/2?sentinelPassword=s%26t',
      {
        ...{ kind: 'sentinel', tls: false, credentials: { password: 'pw' } },
        sentinels: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 1 },
        ],
        ...{ masterName: 'main', database: 2, sentinelCredentials: { password: 's&t' } },
      },
    ],
    [
      'rediss+sentinel://a/main',
      {
        ...{ kind: 'sentinel', tls: true, credentials: null },
        sentinels: [{ host: 'a', port: 26_379 }],
        ...{ masterName: 'main', database: 0, sentinelCredentials: null },
      },
    ],
  ])('%s', (text, target) => {
    expect(parseRedisUrl(text)).toEqual({ target });
  });

  test.each<[keyof typeof redisUrlIssues, string]>([
    ['SCHEME', 'http://redis'],
    ['SCHEME', 'localhost:6379'],
    ['SCHEME', 'a,redis://b'],
    ['MIXED', 'redis://a,rediss://b'],
    ['MIXED', 'redis://u:p@a,redis://u:q@b'],
    ['MIXED', 'redis://a/0,redis://b/1'],
    ['ENCODING', 'redis://:100%@redis'],
    ['PASSWORD', 'redis://user@redis'],
    ['PASSWORD', 'redis+sentinel://a/main?sentinelUsername=u'],
    ['HOST', 'redis://'],
    ['HOST', 'redis://a,,b'],
    ['HOST', 'redis://a b'],
    ['HOST', 'redis://::1:6379'],
    ['PORT', 'redis://a:0'],
    ['PORT', 'redis://a:65536'],
    ['PORT', 'redis://a:'],
    ['PORT', 'redis://a:1e3'],
    ['DATABASE', 'redis://a/zero'],
    ['DATABASE', 'redis://a/-1'],
    ['DATABASE', 'redis://a,b/1'],
    ['DATABASE', 'redis+sentinel://a/main/x'],
    ['MASTER', 'redis+sentinel://a'],
    ['MASTER', 'redis+sentinel://a/main/0/1'],
    ['PARAMETER', 'redis://a?family=6'],
    ['PARAMETER', 'redis://a#b'],
    ['PARAMETER', 'redis+sentinel://a/main?password=x'],
    ['PARAMETER', 'redis+sentinel://a/main#sentinelPassword=x'],
  ])('is refused as %s: %s', (issue, text) => {
    expect(parseRedisUrl(text)).toEqual({ issue });
  });

  test('means what it was written from, whatever stands in names and passwords', () => {
    fc.assert(
      fc.property(anyTarget, (target) => {
        expect(parseRedisUrl(write(target))).toEqual({ target });
      }),
    );
  });

  test('is read or refused by name, whatever the text, and never throws', () => {
    const pieces = fc.constantFrom(
      'redis://',
      'rediss+sentinel://',
      ',',
      '@',
      ':',
      '/',
      '?',
      '%',
      '[',
      'a',
      '1',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseRedisUrl(text);
        expect('target' in parsed || parsed.issue in redisUrlIssues).toBe(true);
      }),
    );
  });
});

function single(address: RedisAddress): RedisTarget & { kind: 'single' } {
  return { kind: 'single', tls: false, credentials: null, address, database: 0 };
}

const anyAddress = fc.record({
  host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65_535 }),
});
const anyPassword = fc.string({ minLength: 1, unit: 'grapheme' });
const anyCredentials = fc.option(
  fc.oneof(fc.record({ password: anyPassword }), fc.record({ username: anyPassword, password: anyPassword })),
);
const anyShared = { tls: fc.boolean(), credentials: anyCredentials };
const anyDatabase = fc.integer({ min: 0, max: 9999 });
const anyTarget: fc.Arbitrary<RedisTarget> = fc.oneof(
  fc.record({
    ...anyShared,
    kind: fc.constant('single' as const),
    address: anyAddress,
    database: anyDatabase,
  }),
  fc.record({
    ...anyShared,
    kind: fc.constant('cluster' as const),
    nodes: fc.array(anyAddress, { minLength: 2 }),
  }),
  fc.record({
    ...anyShared,
    kind: fc.constant('sentinel' as const),
    sentinels: fc.array(anyAddress, { minLength: 1 }),
    masterName: fc.stringMatching(/^[\w.-]+$/),
    database: anyDatabase,
    sentinelCredentials: anyCredentials,
  }),
);

function write(target: RedisTarget): string {
  const scheme = `redis${target.tls ? 's' : ''}${target.kind === 'sentinel' ? '+sentinel' : ''}`;
  const user = target.credentials === null ? '' : `${writeCredentials(target.credentials)}@`;
  const hosts = (addresses: readonly RedisAddress[]) =>
    addresses.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join();
  const begin = `${scheme}://${user}`;
  if (target.kind === 'single') return `${begin}${hosts([target.address])}/${target.database}`;
  if (target.kind === 'cluster') return begin + hosts(target.nodes);
  const { username = '', password = '' } = target.sentinelCredentials ?? {};
  const query = `sentinelUsername=${encodeURIComponent(username)}&sentinelPassword=${encodeURIComponent(password)}`;
  return `${begin}${hosts(target.sentinels)}/${target.masterName}/${target.database}?${query}`;
}

function writeCredentials({ username = '', password }: RedisCredentials): string {
  return `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
}
