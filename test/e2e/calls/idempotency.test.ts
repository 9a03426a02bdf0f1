import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  createDataDir,
  createPostgresDatabase,
  type PostgresDatabase,
} from '../../support/databases/fresh-databases.ts';
import { addModel, createTenant, issueKey, previewOf } from '../../support/graphql/admin.ts';
import { until } from '../../support/time/until.ts';
import type { Asked } from '../../support/graphql/client.ts';
import { route as makeCall, type RouteAnswer } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { administer } from '../../support/databases/administer.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';

interface Call {
  readonly key: string;
  readonly content?: string;
  readonly timeoutMs?: number;
  readonly apiKey?: string;
  readonly signal?: AbortSignal;
}

function route(server: Asked, call: Call): Promise<RouteAnswer> {
  const { key: idempotencyKey, content = 'Hi', timeoutMs, apiKey, signal } = call;
  const input = { messages: [{ role: 'USER', content }], models: ['acme/*'], timeoutMs, idempotencyKey };
  return makeCall(server, input, { ...(apiKey && { key: apiKey }), ...(signal && { signal }) });
}

/** Each of the decisions that answers name, once: how it ended, what it tried, and what it had to do without. */
function describeDecisions(answers: readonly RouteAnswer[]): string {
  const told = answers.map(({ __typename, degraded, decision }) =>
    JSON.stringify([__typename, degraded, decision?.id, decision?.status, decision?.attempts]),
  );
  return [...new Set(told)].join('\n');
}

describe.skipIf(inject('postgres') === null)('a call with an idempotency key', () => {
  const stack = new AsyncDisposableStack();
  let database: PostgresDatabase;
  let provider: ScriptedProvider;
  let servers: AsyncDisposableStack;
  let fleet: [TestServer, TestServer, TestServer];

  async function startFleet(): Promise<void> {
    servers = new AsyncDisposableStack();
    const start = async () => servers.use(await startServer({ DATABASE_URL: database.url }));
    fleet = [await start(), await start(), await start()];
  }

  beforeAll(async () => {
    database = stack.use(await createPostgresDatabase());
    provider = stack.use(await startScriptedProvider());
    await startFleet();
    await addModel(fleet[0], 'acme', provider);
    for (const server of fleet) await until(async () => (await previewOf(server)).providers.includes('acme'));
  });
  afterAll(async () => {
    await servers.disposeAsync();
    await stack.disposeAsync();
  });
  // What a test that failed did not take must not answer the next one.
  beforeEach(() => provider.reset());

  /** What was sent to the provider while something was done. */
  async function providerCallsDuring<T>(work: () => Promise<T>): Promise<{ calls: number; result: T }> {
    const before = provider.received;
    const result = await work();
    return { calls: provider.received - before, result };
  }

  /** Lets the time of everything under a key end. */
  const expire = (key: string) =>
    administer(database.url, (client) =>
      client.query('UPDATE idempotency_keys SET expires_at = clock_timestamp() WHERE key = $1', [key]),
    );

  it('is sent to a provider once and answered alike 200 times on three instances at the same time', async () => {
    provider.next({ delayMs: 300, text: 'Only once.' });
    const { calls, result: answers } = await providerCallsDuring(() =>
      Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          route(fleet[index % 3]!, { key: 'many', timeoutMs: 20_000 }),
        ),
      ),
    );
    // How those that were made came about, if there were more.
    expect(calls, describeDecisions(answers)).toBe(1);
    expect(answers).toHaveLength(200);
    expect(answers[0]).toMatchObject({ __typename: 'RouteSuccess', completion: { text: 'Only once.' } });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('is a conflict when the key was used with another input, under way and afterwards, on any instance', async () => {
    provider.next({ delayMs: 300 });
    const first = route(fleet[0], { key: 'conflict' });
    await provider.arrival(provider.received + 1);
    const refusals = async () => {
      const other = { key: 'conflict', content: 'Something else' };
      for (const server of fleet) {
        expect(await route(server, other)).toEqual({
          __typename: 'Conflict',
          message: 'This idempotency key was used with another input.',
          code: 'CONFLICT',
          current: null,
        });
      }
    };
    await refusals();
    expect((await first).__typename).toBe('RouteSuccess');
    await refusals();
  });

  it('replays a refusal of the request, and not an exhausted plan', async () => {
    provider.next({ status: 400 }, { status: 500 }, { status: 500 });
    const refused = await route(fleet[0], { key: 'refused' });
    expect(refused.__typename).toBe('RequestRefused');
    expect(await route(fleet[1], { key: 'refused' })).toEqual(refused);

    expect((await route(fleet[0], { key: 'exhausted' })).__typename).toBe('AttemptsExhausted');
    expect((await route(fleet[1], { key: 'exhausted' })).__typename).toBe('RouteSuccess');
  });

  it('runs to its end when its caller goes away, and answers those that wait and those that come later', async () => {
    provider.next({ delayMs: 400, text: 'For the others.' });
    const leaving = new AbortController();
    const abandoned = provider.abandoned;
    const { calls, result } = await providerCallsDuring(async () => {
      const arrived = provider.arrival(provider.received + 1);
      const first = route(fleet[0], { key: 'gone', signal: leaving.signal });
      await arrived;
      const waiting = [route(fleet[0], { key: 'gone' }), route(fleet[1], { key: 'gone' })];
      leaving.abort();
      await expect(first).rejects.toThrow('aborted');
      return [...(await Promise.all(waiting)), await route(fleet[2], { key: 'gone' })];
    });
    expect(calls).toBe(1);
    expect(provider.abandoned).toBe(abandoned);
    for (const answer of result) expect(answer.completion?.text).toBe('For the others.');
    expect(new Set(result.map(({ decision }) => decision?.id)).size).toBe(1);
  });

  it('ends with its time wherever it waits, and leaves its key free', async () => {
    provider.always({ fault: 'hang' });
    const answers = await Promise.all(fleet.map((server) => route(server, { key: 'slow', timeoutMs: 2000 })));
    for (const { __typename } of answers) expect(__typename).toBe('DeadlineExceeded');
    provider.reset();
    expect((await route(fleet[1], { key: 'slow' })).__typename).toBe('RouteSuccess');
  });

  it('does not share its key with another tenant', async () => {
    const { id: tenantId } = await createTenant(fleet[0], 'other');
    const { text: apiKey } = await issueKey(fleet[0], { tenantId });
    const { calls, result } = await providerCallsDuring(async () => [
      await route(fleet[0], { key: 'shared?' }),
      await route(fleet[0], { key: 'shared?', apiKey }),
      await route(fleet[0], { key: 'shared?', apiKey }),
    ]);
    expect(calls).toBe(2);
    expect(result[1]).toEqual(result[2]);
    expect(result[1]?.decision?.id).not.toBe(result[0]?.decision?.id);
  });

  it('is replayed after all instances were started anew, and acts again once the result has expired', async () => {
    const first = await route(fleet[0], { key: 'restart' });
    await servers.disposeAsync();
    await startFleet();
    const { calls, result } = await providerCallsDuring(() => route(fleet[1], { key: 'restart' }));
    expect(calls).toBe(0);
    expect(result).toEqual(first);
    await expire('restart');
    const again = await route(fleet[1], { key: 'restart', content: 'Something else' });
    expect(again.decision?.id).not.toBe(first.decision?.id);
  });

  it('is taken over, by one of those that wait, when the instance that held its key was killed', async () => {
    await using dataDir = await createDataDir('empty');
    const environment = { DATABASE_URL: database.url, SWITCHYARD_DATA_DIR: dataDir.path };
    await using victim = startServerProcess(environment);
    const url = await victim.url();
    provider.next({ fault: 'hang' });
    const arrived = provider.arrival(provider.received + 1);
    const lost = route({ url }, { key: 'crash' });
    await Promise.race([arrived, lost.then((answer) => expect.unreachable(JSON.stringify(answer)))]);
    victim.signal('SIGKILL');
    await victim.ended;
    await expect(lost).rejects.toThrow();
    const { calls, result } = await providerCallsDuring(async () => {
      const waiting = fleet.flatMap((server) => [
        route(server, { key: 'crash' }),
        route(server, { key: 'crash' }),
      ]);
      await expire('crash');
      return Promise.all(waiting);
    });
    expect(calls).toBe(1);
    expect(result[0]?.__typename).toBe('RouteSuccess');
    expect(new Set(result.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  describe('while Postgres is away', () => {
    afterEach(() => database.allowConnections(true));

    it('is answered Unavailable and sent to nobody', async () => {
      const kept = await route(fleet[0], { key: 'kept' });
      await database.allowConnections(false);
      const { calls, result } = await providerCallsDuring(async () => [
        await route(fleet[0], { key: 'away' }),
        await route(fleet[0], { key: 'kept' }),
      ]);
      for (const answer of result) {
        expect(answer).toMatchObject({ __typename: 'Unavailable', retryAfterMs: expect.any(Number) });
      }
      expect(calls).toBe(0);

      await database.allowConnections(true);
      expect(await route(fleet[0], { key: 'kept' })).toEqual(kept);
      expect((await route(fleet[0], { key: 'away' })).__typename).toBe('RouteSuccess');
    });

    it('ends all the same when it had begun, and its result is there for repeats once Postgres is back', async () => {
      provider.next({ delayMs: 500, text: 'Spooled.' });
      const arrived = provider.arrival(provider.received + 1);
      const underWay = route(fleet[0], { key: 'spooled' });
      await arrived;
      await database.allowConnections(false);
      const answer = await underWay;
      expect(answer).toMatchObject({ __typename: 'RouteSuccess', degraded: ['DATABASE'] });
      expect((await route(fleet[1], { key: 'spooled' })).__typename).toBe('Unavailable');

      await database.allowConnections(true);
      const { calls, result } = await providerCallsDuring(() => route(fleet[1], { key: 'spooled' }));
      expect(calls).toBe(0);
      expect(result.completion).toEqual(answer.completion);
      expect(result.decision?.id).toBe(answer.decision?.id);
    });
  });
});
