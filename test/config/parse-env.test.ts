import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Config, Environment } from '../../src/config/config.ts';
import { parseEnv } from '../../src/config/parse-env.ts';
import { variables } from '../../src/config/variables.ts';

const adminKey = 'swy_live_0123456789abcdef_c2VjcmV0';

function configOf(env: Environment): Config {
  const parsed = parseEnv(env);
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return parsed.config;
}

function problemsOf(env: Environment): readonly string[] {
  const parsed = parseEnv(env);
  return 'problems' in parsed ? parsed.problems : [];
}

describe('parseEnv', () => {
  test('an empty environment is a working configuration', () => {
    expect(configOf({})).toEqual({
      http: { host: '127.0.0.1', port: 4000 },
      redisPrefix: 'switchyard',
      dataDir: '.switchyard',
      catalogPath: null,
      credentialsDir: null,
      attemptTimeoutMs: 30_000,
      firstTokenTimeoutMs: 10_000,
      stallTimeoutMs: 15_000,
      breakers: { threshold: 5, windowMs: 60_000, coolOffMs: 60_000, maxCoolOffMs: 240_000 },
      log: { level: 'info' },
      secrets: { databaseUrl: null, redisUrl: null, adminKey: null },
    });
  });

  test('every variable reaches the configuration', () => {
    const env = {
      HOST: '0.0.0.0',
      PORT: '0',
      DATABASE_URL: 'postgresql://switchyard:pw@db:5432/switchyard?sslmode=require',
      REDIS_URL: 'rediss://switchyard:pw@redis:6380/1',
      SWITCHYARD_REDIS_PREFIX: 'staging:eu-1',
      SWITCHYARD_DATA_DIR: '/var/lib/switchyard',
      SWITCHYARD_ADMIN_KEY: adminKey,
      SWITCHYARD_CATALOG: 'catalog.yaml',
      SWITCHYARD_CREDENTIALS_DIR: '/run/secrets',
      SWITCHYARD_ATTEMPT_TIMEOUT_MS: '5000',
      SWITCHYARD_FIRST_TOKEN_TIMEOUT_MS: '3000',
      SWITCHYARD_STALL_TIMEOUT_MS: '4000',
      SWITCHYARD_BREAKER_THRESHOLD: '3',
      SWITCHYARD_BREAKER_WINDOW_MS: '10000',
      SWITCHYARD_BREAKER_COOL_OFF_MS: '2000',
      SWITCHYARD_BREAKER_MAX_COOL_OFF_MS: '8000',
      SWITCHYARD_LOG_LEVEL: 'debug',
    };
    expect(Object.keys(env).sort()).toEqual(
      Object.values(variables)
        .map((variable) => variable.name)
        .sort(),
    );
    expect(configOf(env)).toEqual({
      http: { host: '0.0.0.0', port: 0 },
      redisPrefix: 'staging:eu-1',
      dataDir: '/var/lib/switchyard',
      catalogPath: 'catalog.yaml',
      credentialsDir: '/run/secrets',
      attemptTimeoutMs: 5000,
      firstTokenTimeoutMs: 3000,
      stallTimeoutMs: 4000,
      breakers: { threshold: 3, windowMs: 10_000, coolOffMs: 2000, maxCoolOffMs: 8000 },
      log: { level: 'debug' },
      secrets: { databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL, adminKey },
    });
  });

  test.each([
    'rediss://switchyard:pw@redis.example.org:6380/12',
    'redis://a:6379,redis://b:6379',
    'redis+sentinel://sentinel:26379/main',
  ])('REDIS_URL may name one server, a cluster or sentinels: %s', (url) => {
    expect(configOf({ REDIS_URL: url }).secrets.redisUrl).toBe(url);
  });

  test('REDIS_URL that is none says what is wrong with it, and not what it is', () => {
    expect(problemsOf({ REDIS_URL: 'redis://:hunter2@redis/zero' })).toEqual([
      expect.stringMatching(/^REDIS_URL must be a URL .*: the database is no whole number [^:]*$/),
    ]);
    expect(problemsOf({ REDIS_URL: 'hunter2' }).join()).not.toContain('hunter2');
  });

  test('an empty value is an absent one', () => {
    const empty = Object.fromEntries(Object.values(variables).map((variable) => [variable.name, '']));
    expect(configOf(empty)).toEqual(configOf({}));
  });

  test('all problems are reported at once, each by name', () => {
    const problems = problemsOf({
      PORT: '65536',
      HOST: 'two words',
      DATABASE_URL: 'mysql://db/switchyard',
      REDIS_URL: 'redis://a:6379,rediss://b:6379',
      SWITCHYARD_ADMIN_KEY: 'hunter2',
      SWITCHYARD_ATTEMPT_TIMEOUT_MS: '1.5',
      SWITCHYARD_LOG_LEVEL: 'INFO',
      SWITCHYARD_DATA_DIR: 'a\u0000b',
    });
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
      'DATABASE_URL',
      'HOST',
      'PORT',
      'REDIS_URL',
      'SWITCHYARD_ADMIN_KEY',
      'SWITCHYARD_ATTEMPT_TIMEOUT_MS',
      'SWITCHYARD_DATA_DIR',
      'SWITCHYARD_LOG_LEVEL',
    ]);
    expect(problems).toContain('PORT must be a whole number from 0 to 65535, not "65536"');
    expect(problems).toContain(
      'SWITCHYARD_LOG_LEVEL must be one of silent, error, warn, info, debug, not "INFO"',
    );
  });

  test('what guides have clients read, and what Kubernetes tells every container, is left alone', () => {
    const env = {
      SWITCHYARD_KEY: 'swy_live_x',
      SWITCHYARD_URL: 'ws://127.0.0.1:4000/graphql',
      SWITCHYARD_SERVICE_HOST: '10.0.0.5',
      SWITCHYARD_SERVICE_PORT: '4000',
      SWITCHYARD_SERVICE_PORT_HTTP: '4000',
      SWITCHYARD_PORT: 'tcp://10.0.0.5:4000',
      SWITCHYARD_PORT_4000_TCP: 'tcp://10.0.0.5:4000',
      SWITCHYARD_PORT_4000_TCP_PROTO: 'tcp',
      SWITCHYARD_PORT_4000_TCP_PORT: '4000',
      SWITCHYARD_PORT_4000_TCP_ADDR: '10.0.0.5',
    };
    expect(problemsOf(env)).toEqual([]);
  });

  test('a prefix too many is a problem that names the variable without it', () => {
    expect(problemsOf({ SWITCHYARD_PORT: '4001', SWITCHYARD_DATABASE_URL: 'postgres://x' })).toEqual([
      'SWITCHYARD_DATABASE_URL is not a variable of this release; did you mean DATABASE_URL?',
      'SWITCHYARD_PORT is not a variable of this release; did you mean PORT?',
    ]);
  });

  test('a variable that is not known is a problem that names the nearest known one', () => {
    expect(problemsOf({ SWITCHYARD_DATADIR: 'x', SWITCHYARD_LOGLEVEL: 'info', OTHER_DATADIR: 'x' })).toEqual([
      'SWITCHYARD_DATADIR is not a variable of this release; did you mean SWITCHYARD_DATA_DIR?',
      'SWITCHYARD_LOGLEVEL is not a variable of this release; did you mean SWITCHYARD_LOG_LEVEL?',
    ]);
  });

  test('a variable that a later release may know is not accepted in silence', () => {
    expect(problemsOf({ SWITCHYARD_PROBES: 'on' })).toHaveLength(1);
  });

  test.each(['', ' 4000', '4000 ', '+1', '-1', '1e3', '0x10', '4000.0', '99999999999'])(
    'PORT=%j is absent or a problem, never another number',
    (text) => {
      const problems = problemsOf({ PORT: text });
      expect(problems).toHaveLength(text === '' ? 0 : 1);
    },
  );

  test('a secret is never repeated in a problem, whatever was pasted', () => {
    const pasted = fc.string({ minLength: 8, unit: 'grapheme-ascii' }).map((text) => `~ ${text} ~`);
    fc.assert(
      fc.property(pasted, (text) => {
        const problems = problemsOf({ DATABASE_URL: text, REDIS_URL: text, SWITCHYARD_ADMIN_KEY: text });
        expect(problems).toHaveLength(3);
        expect(problems.join('\n')).not.toContain(text);
      }),
    );
  });
});
