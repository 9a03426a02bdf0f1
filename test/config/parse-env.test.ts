import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Config, Environment } from '../../src/config/config.ts';
import { parseEnv } from '../../src/config/parse-env.ts';
import { variables } from '../../src/config/variables.ts';
import { problemsOf } from './problems.ts';

const adminKey = 'swy_live_0123456789abcdef_c2VjcmV0';

function configOf(env: Environment): Config {
  const parsed = parseEnv(env);
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return parsed.config;
}

describe('parseEnv', () => {
  test('an empty environment is a working configuration', () => {
    expect(configOf({})).toEqual({
      http: { host: '127.0.0.1', port: 4000, introspection: true, explorer: true, origins: [] },
      redisPrefix: 'switchyard',
      dataDir: '.switchyard',
      workers: 1,
      catalogPath: null,
      credentialsDir: null,
      credentialHosts: new Map(),
      privateAddresses: true,
      attemptTimeoutMs: 30_000,
      firstTokenTimeoutMs: 10_000,
      stallTimeoutMs: 15_000,
      breakers: { threshold: 5, windowMs: 60_000, coolOffMs: 60_000, maxCoolOffMs: 240_000 },
      edge: {
        trustedProxies: [],
        connectionsPerAddress: 2000,
        socketsPerKey: 1000,
        subscriptionsPerKey: 2000,
        perMinute: {
          requestsPerKey: 6000,
          requestsPerAddress: 30_000,
          failedKeysPerAddress: 60,
          subscriptionsPerKey: 3000,
          mutationsPerKey: 1200,
        },
      },
      probes: { enabled: true, intervalMs: null, capMicroUsd: 100_000, retentionDays: 30 },
      jwt: null,
      log: { level: 'info' },
      secrets: { databaseUrl: null, migrationDatabaseUrl: null, redisUrl: null, adminKey: null },
    });
  });

  test('every variable reaches the configuration', () => {
    const env = {
      HOST: '0.0.0.0',
      PORT: '0',
      DATABASE_URL: 'postgresql://switchyard:pw@db:5432/switchyard?sslmode=require',
      SWITCHYARD_MIGRATION_DATABASE_URL: 'postgresql://owner:pw@db:5432/switchyard',
      REDIS_URL: 'rediss://switchyard:pw@redis:6380/1',
      SWITCHYARD_REDIS_PREFIX: 'staging:eu-1',
      SWITCHYARD_DATA_DIR: '/var/lib/switchyard',
      SWITCHYARD_WORKERS: '4',
      SWITCHYARD_ADMIN_KEY: adminKey,
      SWITCHYARD_CATALOG: 'catalog.yaml',
      SWITCHYARD_CREDENTIALS_DIR: '/run/secrets',
      SWITCHYARD_CREDENTIAL_HOSTS: 'ACME_API_KEY=api.acme.example,10.0.0.7:8000',
      SWITCHYARD_PRIVATE_ADDRESSES: 'off',
      SWITCHYARD_ATTEMPT_TIMEOUT_MS: '5000',
      SWITCHYARD_FIRST_TOKEN_TIMEOUT_MS: '3000',
      SWITCHYARD_STALL_TIMEOUT_MS: '4000',
      SWITCHYARD_BREAKER_THRESHOLD: '3',
      SWITCHYARD_BREAKER_WINDOW_MS: '10000',
      SWITCHYARD_BREAKER_COOL_OFF_MS: '2000',
      SWITCHYARD_BREAKER_MAX_COOL_OFF_MS: '8000',
      SWITCHYARD_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      SWITCHYARD_MAX_CONNECTIONS_PER_ADDRESS: '1',
      SWITCHYARD_MAX_SOCKETS_PER_KEY: '2',
      SWITCHYARD_MAX_SUBSCRIPTIONS_PER_KEY: '3',
      SWITCHYARD_REQUESTS_PER_MINUTE_PER_KEY: '4',
      SWITCHYARD_REQUESTS_PER_MINUTE_PER_ADDRESS: '5',
      SWITCHYARD_FAILED_KEYS_PER_MINUTE_PER_ADDRESS: '6',
      SWITCHYARD_SUBSCRIPTIONS_PER_MINUTE_PER_KEY: '7',
      SWITCHYARD_MUTATIONS_PER_MINUTE_PER_KEY: '8',
      SWITCHYARD_PROBES: 'off',
      SWITCHYARD_PROBE_INTERVAL_MS: '2000',
      SWITCHYARD_PROBE_MAX_USD_PER_HOUR: '0.000025',
      SWITCHYARD_HEALTH_RETENTION_DAYS: '7',
      SWITCHYARD_INTROSPECTION: 'off',
      SWITCHYARD_EXPLORER: 'off',
      SWITCHYARD_CORS_ORIGINS: 'https://app.example, http://localhost:3000',
      SWITCHYARD_LOG_LEVEL: 'debug',
      SWITCHYARD_JWKS_URL: 'https://issuer.example/keys',
      SWITCHYARD_JWT_ISSUER: 'https://issuer.example',
      SWITCHYARD_JWT_AUDIENCE: 'switchyard',
      SWITCHYARD_JWT_TENANT_CLAIM: 'org',
      SWITCHYARD_JWT_ROLES_CLAIM: 'groups',
      SWITCHYARD_JWT_ADMIN: 'on',
      SWITCHYARD_JWT_CLOCK_SKEW_MS: '5000',
      SWITCHYARD_JWT_REQUESTS_PER_MINUTE: '60',
      SWITCHYARD_JWT_TOKENS_PER_MINUTE: '9000',
    };
    expect(Object.keys(env).sort()).toEqual(
      Object.values(variables)
        .map((variable) => variable.name)
        .sort(),
    );
    expect(configOf(env)).toEqual({
      http: {
        host: '0.0.0.0',
        port: 0,
        introspection: false,
        explorer: false,
        origins: ['https://app.example', 'http://localhost:3000'],
      },
      redisPrefix: 'staging:eu-1',
      dataDir: '/var/lib/switchyard',
      workers: 4,
      catalogPath: 'catalog.yaml',
      credentialsDir: '/run/secrets',
      credentialHosts: new Map([
        [
          'ACME_API_KEY',
          [
            { host: 'api.acme.example', port: null, isEncrypted: null },
            { host: '10.0.0.7', port: 8000, isEncrypted: null },
          ],
        ],
      ]),
      privateAddresses: false,
      attemptTimeoutMs: 5000,
      firstTokenTimeoutMs: 3000,
      stallTimeoutMs: 4000,
      breakers: { threshold: 3, windowMs: 10_000, coolOffMs: 2000, maxCoolOffMs: 8000 },
      edge: {
        trustedProxies: [
          { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
          { address: '::1', prefix: 128, family: 'ipv6' },
        ],
        connectionsPerAddress: 1,
        socketsPerKey: 2,
        subscriptionsPerKey: 3,
        perMinute: {
          requestsPerKey: 4,
          requestsPerAddress: 5,
          failedKeysPerAddress: 6,
          subscriptionsPerKey: 7,
          mutationsPerKey: 8,
        },
      },
      probes: { enabled: false, intervalMs: 2_000, capMicroUsd: 25, retentionDays: 7 },
      jwt: {
        ...{
          jwksUrl: 'https://issuer.example/keys',
          issuer: 'https://issuer.example',
          audience: 'switchyard',
        },
        ...{ tenantClaim: 'org', rolesClaim: 'groups', adminAllowed: true, clockSkewMs: 5000 },
        ...{ requestsPerMinute: 60, tokensPerMinute: 9000 },
      },
      log: { level: 'debug' },
      secrets: {
        databaseUrl: env.DATABASE_URL,
        migrationDatabaseUrl: env.SWITCHYARD_MIGRATION_DATABASE_URL,
        redisUrl: env.REDIS_URL,
        adminKey,
      },
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

describe('the issuer of tokens', () => {
  const whole = {
    SWITCHYARD_JWKS_URL: 'https://issuer.example/keys',
    SWITCHYARD_JWT_ISSUER: 'https://issuer.example',
    SWITCHYARD_JWT_AUDIENCE: 'switchyard',
  };

  test('is configured whole or not at all', () => {
    expect(configOf(whole).jwt).toEqual({
      ...{ jwksUrl: whole.SWITCHYARD_JWKS_URL, issuer: whole.SWITCHYARD_JWT_ISSUER, audience: 'switchyard' },
      ...{ tenantClaim: 'tenant', rolesClaim: 'roles', adminAllowed: false, clockSkewMs: 30_000 },
      ...{ requestsPerMinute: null, tokensPerMinute: null },
    });
    for (const name of Object.keys(whole)) {
      expect(problemsOf({ ...whole, [name]: '' })).toEqual([
        `${name} must be set: tokens need all of ${Object.keys(whole).join(', ')}`,
      ]);
    }
    expect(problemsOf({ SWITCHYARD_JWT_AUDIENCE: 'switchyard' })).toHaveLength(2);
  });

  test.each([
    ['https://issuer.example/keys?a=b', true],
    ['http://127.0.0.1:9000/keys', true],
    ['http://localhost/keys', true],
    ['http://[::1]:9000/keys', true],
    ['http://issuer.example/keys', false],
    ['http://127.0.0.1.example/keys', false],
    ['https://user:pw@issuer.example/keys', false],
    ['file:///etc/keys', false],
    ['issuer.example/keys', false],
  ])('publishes its keys by TLS or on this machine: %s', (url, isAllowed) => {
    expect(problemsOf({ ...whole, SWITCHYARD_JWKS_URL: url })).toHaveLength(isAllowed ? 0 : 1);
  });
});
