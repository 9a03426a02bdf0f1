import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPostgresDatabase } from '../support/databases/fresh-databases.ts';
import {
  addModel,
  admits,
  change,
  createTenant,
  issueKey,
  nowhere,
  previewOf,
  revokeKey,
  setTimeLimit,
} from '../support/graphql/admin.ts';
import { until } from '../support/time/until.ts';
import { createHeldTimers, type HeldTimers } from '../support/time/held-timers.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

const POLL_MS = 2000;

/** Instances on one database that never poll unless they are told to. */
async function startFleet(stack: AsyncDisposableStack, size: number, redisUrl: string) {
  const { url } = stack.use(await createPostgresDatabase());
  const polls: HeldTimers = createHeldTimers(POLL_MS);
  const servers: TestServer[] = [];
  for (let index = 0; index < size; index += 1) {
    const environment = { DATABASE_URL: url, REDIS_URL: redisUrl };
    servers.push(stack.use(await startServer(environment, { timers: polls.timers })));
  }
  const [first, ...others] = servers as [TestServer, ...TestServer[]];
  return { first, others, polls };
}

/** What every one of these instances says in the end. */
const expectEverywhere = <T>(servers: readonly TestServer[], ask: (server: TestServer) => Promise<T>) =>
  expect.poll(async () => [...new Set(await Promise.all(servers.map(ask)))]);

describe.skipIf(inject('postgres') === null || inject('redisUrl') === null)(
  'a change on one of three instances with Redis acts on the others before any of them polls',
  () => {
    const stack = new AsyncDisposableStack();
    let first: TestServer;
    let others: TestServer[];
    beforeAll(async () => {
      ({ first, others } = await startFleet(stack, 3, inject('redisUrl') ?? ''));
    });
    afterAll(() => stack.disposeAsync());

    it('a policy', async () => {
      await setTimeLimit(first, 4321);
      await expectEverywhere(others, async (one) => (await previewOf(one)).timeoutMs).toEqual([4321]);
    });

    it('the catalog', async () => {
      await addModel(first, 'acme', nowhere);
      const knows = async (one: TestServer) => (await previewOf(one)).providers.includes('acme');
      await expectEverywhere(others, knows).toEqual([true]);
    });

    it('a key that is issued, and that is revoked', async () => {
      const key = await issueKey(first);
      await expectEverywhere(others, (one) => admits(one, key.text)).toEqual([true]);
      await revokeKey(first, key.id);
      await expectEverywhere(others, (one) => admits(one, key.text)).toEqual([false]);
    });

    it('a tenant that is deleted, with its policy and keys', async () => {
      const { id } = await createTenant(first, 'guest');
      const key = await issueKey(first, { tenantId: id });
      await expectEverywhere(others, (one) => admits(one, key.text)).toEqual([true]);
      await change(first, 'deleteTenant', { id });
      await expectEverywhere(others, (one) => admits(one, key.text)).toEqual([false]);
    });
  },
);

describe.skipIf(inject('postgres') === null)('a change on one of two instances without Redis', () => {
  it('acts on the other at its next poll', async () => {
    await using stack = new AsyncDisposableStack();
    const { first, others, polls } = await startFleet(stack, 2, '');
    const [other] = others as [TestServer];
    const revoked = await issueKey(first);
    polls.release();
    await until(() => admits(other, revoked.text));

    await setTimeLimit(first, 4321);
    await addModel(first, 'acme', nowhere);
    await revokeKey(first, revoked.id);
    const before = await previewOf(other);
    expect([before.timeoutMs, before.providers.includes('acme')]).toEqual([60_000, false]);
    expect(await admits(other, revoked.text)).toBe(true);

    polls.release();
    await until(async () => (await previewOf(other)).timeoutMs === 4321);
    await until(async () => (await previewOf(other)).providers.includes('acme'));
    await until(async () => !(await admits(other, revoked.text)));
  });
});

describe.skipIf(inject('postgres') === null || inject('redisUrl') === null)(
  'a start that replaces the configured admin key',
  () => {
    it('shuts the former one out everywhere before anybody polls', async () => {
      await using stack = new AsyncDisposableStack();
      const { url } = stack.use(await createPostgresDatabase());
      const { timers } = createHeldTimers(POLL_MS);
      const former = 'swy_test_the-former-admin-key';
      const environment = { DATABASE_URL: url, REDIS_URL: inject('redisUrl') ?? '' };
      const first = stack.use(
        await startServer({ ...environment, SWITCHYARD_ADMIN_KEY: former }, { timers }),
      );
      expect(await admits(first, former)).toBe(true);
      stack.use(await startServer(environment, { timers }));
      await until(async () => !(await admits(first, former)));
    });
  },
);
