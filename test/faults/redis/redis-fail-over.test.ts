import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import {
  addModel,
  admits,
  issueKey,
  previewOf,
  setTimeLimit,
  untilKnown,
} from '../../support/graphql/admin.ts';
import { route, sayHello } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { openAddress, type Address } from '../../support/redis/address.ts';
import { canStartRedis, createOwnRedis, type OwnRedis } from '../../support/redis/own-redis.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { until } from '../../support/time/until.ts';

/** Answers say so within three seconds; a machine that is busy gets as long again. */
const NOTICED_MS = 2 * 3000;

describe.skipIf(inject('postgres') === null || !canStartRedis)(
  'two servers whose Redis answers and is of no use',
  () => {
    const stack = new AsyncDisposableStack();
    let redis: OwnRedis;
    let address: Address;
    let servers: readonly [TestServer, TestServer];
    let admin: Redis;
    beforeAll(async () => {
      redis = stack.use(await createOwnRedis());
      address = stack.use(await openAddress(redis));
      const provider = stack.use(await startScriptedProvider({ record: false }));
      const { url } = stack.use(await createPostgresDatabase());
      const environment = {
        DATABASE_URL: url,
        REDIS_URL: address.url,
        // Whoever asks for a new key until it is known presents many wrong ones.
        SWITCHYARD_FAILED_KEYS_PER_MINUTE_PER_ADDRESS: '100000',
      };
      servers = [stack.use(await startServer(environment)), stack.use(await startServer(environment))];
      await addModel(servers[0], 'only', provider);
      await untilKnown(servers[1], 'only');
      admin = stack.adopt(new Redis(redis.url), (client) => client.disconnect());
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
    });
    afterAll(() => stack.disposeAsync());

    const call = (server: TestServer, caller: { readonly key?: string } = {}) =>
      route(server, sayHello({ models: ['only/*'] }), caller);

    /** Resolves when the answers of both say so; in time where that is promised. */
    async function expectDegraded(degraded: readonly string[], timeoutMs?: number): Promise<void> {
      for (const server of servers) {
        await until(async () => (await call(server)).degraded?.join() === degraded.join(), timeoutMs);
      }
    }

    /** A key of so many calls a minute that both know. */
    async function issue(requestsPerMinute: number): Promise<string> {
      const { text } = await issueKey(servers[0], { requestsPerMinute });
      await until(async () => await admits(servers[1], text));
      return text;
    }

    /** How many of so many calls are admitted, one after the other. */
    async function admitted(server: TestServer, key: string, calls: number): Promise<number> {
      let count = 0;
      for (let made = 0; made < calls; made += 1) {
        if ((await call(server, { key })).__typename === 'RouteSuccess') count += 1;
      }
      return count;
    }

    /** Resolves when all that was known before has come to every instance: each exchanges four times a second. */
    async function exchanged(client: Redis): Promise<void> {
      const evals = async () =>
        Number(/cmdstat_eval:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
      const before = await evals();
      await until(async () => (await evals()) >= before + 20);
    }

    /** Changes reach the other server, and a quota holds for both. */
    async function expectShared(client: Redis, limit: number): Promise<void> {
      await setTimeLimit(servers[0], limit);
      await until(async () => (await previewOf(servers[1])).timeoutMs === limit);
      const key = await issue(6);
      expect(await admitted(servers[0], key, 6)).toBe(6);
      await exchanged(client);
      expect(await admitted(servers[1], key, 6)).toBe(0);
    }

    /** Each server keeps to the quota by itself. */
    async function expectQuotaOfEach(): Promise<void> {
      const key = await issue(3);
      for (const server of servers) expect(await admitted(server, key, 5)).toBe(3);
    }

    it('hold together a quota that was used up at one of them, where the other never served the key', async () => {
      await expectShared(admin, 10_000);
    });

    it('say so when it is full, keep quotas each by itself, and come back by themselves', async () => {
      await admin.config('SET', 'maxmemory', '1');
      await expectDegraded(['REDIS'], NOTICED_MS);
      await expectQuotaOfEach();
      await admin.config('SET', 'maxmemory', '0');
      await expectDegraded([]);
      await expectShared(admin, 10_001);
    });

    it('say so when it is read-only, keep quotas each by itself, and come back by themselves', async () => {
      await admin.replicaof('127.0.0.1', 1);
      await expectDegraded(['REDIS'], NOTICED_MS);
      await expectQuotaOfEach();
      await admin.replicaof('NO', 'ONE');
      await expectDegraded([]);
      await expectShared(admin, 10_002);
    });

    it('follow its address to the server that has taken over', async () => {
      const next = stack.use(
        await createOwnRedis({ args: ['--replicaof', '127.0.0.1', String(redis.port)] }),
      );
      const nextAdmin = stack.adopt(new Redis(next.url), (client) => client.disconnect());
      await until(async () => (await nextAdmin.info('replication')).includes('master_link_status:up'));
      await nextAdmin.replicaof('NO', 'ONE');
      await admin.replicaof('127.0.0.1', next.port);
      address.leadTo(next);
      await until(
        async () => (await nextAdmin.info('commandstats')).includes('cmdstat_ssubscribe'),
        NOTICED_MS,
      );
      await expectDegraded([]);
      await expectShared(nextAdmin, 10_003);
    });
  },
);
