import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import {
  addModel,
  admits,
  createTenant,
  issueKey,
  previewOf,
  revokeKey,
  setTimeLimit,
} from '../../support/graphql/admin.ts';
import { until } from '../../support/time/until.ts';
import { canStartRedis, createOwnRedis, type OwnRedis } from '../../support/redis/own-redis.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { route, type RouteAnswer } from '../../support/graphql/route-call.ts';

/** Callers of one instance that never rest, in a tenant of its own: two instances do not wait for one audit chain. */
interface Load {
  readonly server: TestServer;
  readonly answers: readonly RouteAnswer[];
  /** Resolves when the last caller has its answer. */
  stop(): Promise<void>;
}

async function startLoad(server: TestServer, slug: string): Promise<Load> {
  const { id: tenantId } = await createTenant(server, slug);
  const { text: key } = await issueKey(server, { tenantId });
  const answers: RouteAnswer[] = [];
  const stopping = new AbortController();
  const call = async () => {
    while (!stopping.signal.aborted) answers.push(await route(server, {}, { key }));
  };
  const callers = [call(), call()];
  return {
    ...{ server, answers },
    async stop() {
      stopping.abort();
      await Promise.all(callers);
    },
  };
}

describe.skipIf(inject('postgres') === null || !canStartRedis)(
  'while calls are routed on two instances',
  () => {
    const stack = new AsyncDisposableStack();
    let redis: OwnRedis;
    let one: TestServer;
    let other: TestServer;
    let loads: Load[];
    let limit = 10_000;

    beforeAll(async () => {
      redis = stack.use(await createOwnRedis());
      const { url } = stack.use(await createPostgresDatabase());
      const provider = stack.use(await startScriptedProvider({ record: false }));
      provider.always({ delayMs: 20 });
      const environment = {
        DATABASE_URL: url,
        REDIS_URL: redis.url,
        // A key is tried here until it is known, many times a second.
        SWITCHYARD_FAILED_KEYS_PER_MINUTE_PER_ADDRESS: '100000',
      };
      one = stack.use(await startServer(environment));
      await addModel(one, 'acme', provider);
      other = stack.use(await startServer(environment));
      loads = [await startLoad(one, 'one'), await startLoad(other, 'other')];
      for (const load of loads) stack.defer(() => load.stop());
      await expectAnswers([]);
    });
    afterAll(() => stack.disposeAsync());

    /** Resolves when the calls of both instances are answered so. */
    async function expectAnswers(degraded: readonly string[]): Promise<void> {
      for (const { answers } of loads) {
        const seen = answers.length;
        await until(() => answers.length > seen && answers.at(-1)?.degraded?.join() === degraded.join());
      }
    }

    /** A policy changed on one instance and a key changed on the other act everywhere in the end. */
    async function expectConvergence(): Promise<void> {
      limit += 1;
      await setTimeLimit(one, limit);
      await until(async () => (await previewOf(other)).timeoutMs === limit);
      const key = await issueKey(other);
      await until(() => admits(one, key.text));
      await revokeKey(other, key.id);
      await until(async () => !(await admits(one, key.text)));
    }

    it('Redis may be paused: no call waits for it, answers say so, and changes still arrive', async () => {
      redis.pause();
      // Two are in flight: the third began after that, and ends before anybody has noticed.
      const thirds = loads.map(({ answers }) => answers.length + 2);
      await until(() => loads.every(({ answers }, index) => answers.length > thirds[index]!));
      expect(loads.map(({ answers }, index) => answers[thirds[index]!]?.degraded)).toEqual([[], []]);
      await expectAnswers(['REDIS']);
      await expectConvergence();
    });

    it('and go on: answers stop saying so, and changes arrive', async () => {
      redis.resume();
      await expectAnswers([]);
      await expectConvergence();
    });

    it('Redis may be killed', async () => {
      await redis.kill();
      await expectAnswers(['REDIS']);
      await expectConvergence();
    });

    it('and be started again, empty', async () => {
      await redis.start();
      await expectAnswers([]);
      await expectConvergence();
    });

    it('Redis may be killed while it is paused, and started again', async () => {
      redis.pause();
      await expectAnswers(['REDIS']);
      await redis.kill();
      await redis.start();
      await expectAnswers([]);
      await expectConvergence();
    });

    it('an instance may start and stop while Redis is paused', async () => {
      const { url } = stack.use(await createPostgresDatabase());
      redis.pause();
      await using late = await startServer({ DATABASE_URL: url, REDIS_URL: redis.url });
      expect(await previewOf(late)).toMatchObject({ timeoutMs: 60_000 });
      redis.resume();
    });

    it('and no call fails in all that time', async () => {
      await Promise.all(loads.map((load) => load.stop()));
      for (const { answers } of loads) {
        expect(answers.length).toBeGreaterThan(50);
        expect(answers.filter(({ __typename }) => __typename !== 'RouteSuccess')).toEqual([]);
      }
    });
  },
);
