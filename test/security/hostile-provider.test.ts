import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createDataDir, createPostgresDatabase } from '../support/databases/fresh-databases.ts';
import { addModel, issueKey } from '../support/graphql/admin.ts';
import { adminKey, send } from '../support/graphql/client.ts';
import { decisionOf, route } from '../support/graphql/route-call.ts';
import { routeStreamSubscription, subscribeBySse, type ShownEvent } from '../support/graphql/stream-call.ts';
import { createErrorLog, type ErrorLog } from '../support/logs/error-log.ts';
import {
  chatCompletion,
  startScriptedProvider,
  type ScriptedProvider,
} from '../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { hostileAnswers } from './hostile-answers.ts';

const stack = new AsyncDisposableStack();
const environment: Record<string, string> = { SWITCHYARD_BREAKER_THRESHOLD: '100' };
const cases = Object.entries(hostileAnswers);
let provider: ScriptedProvider;
let server: TestServer;
let log: ErrorLog;

beforeAll(async () => {
  provider = stack.use(await startScriptedProvider());
  environment['SWITCHYARD_DATA_DIR'] = stack.use(
    await createDataDir(inject('postgres') === null ? 'migrated' : 'empty'),
  ).path;
  if (inject('postgres') !== null)
    environment['DATABASE_URL'] = stack.use(await createPostgresDatabase()).url;
  await start();
  for (const [index] of cases.entries()) {
    await addModel(server, `p${index}`, provider, { capabilities: ['TOOLS', 'STREAMING'] });
  }
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await stack.disposeAsync();
});

async function start(): Promise<void> {
  log = createErrorLog();
  server = await startServer(environment, { log });
}

/** Ends of calls that are an answer or a refusal of their kind, and no fault of ours. */
const ends = [
  'RouteSuccess',
  'NoEligibleModel',
  'AttemptsExhausted',
  'DeadlineExceeded',
  'RequestRefused',
  'Conflict',
  'RateLimited',
];

const inputOf = (index: number, more: object = {}) => ({
  ...{ models: [`p${index}/*`], timeoutMs: 5000, ...more },
});

async function eventsOf(input: object): Promise<ShownEvent[]> {
  const events: ShownEvent[] = [];
  const variables = { input: { messages: [{ role: 'USER', content: 'Say hello.' }], ...input } };
  const call = subscribeBySse({ url: server.url, key: adminKey, query: routeStreamSubscription }, variables);
  for await (const each of call) events.push(each);
  return events;
}

/** Nothing of ours has failed, nothing is under way or waits to be recorded, and the next call is as good as ever. */
async function expectUnharmed(): Promise<void> {
  const { route: routes } = server.app.services;
  await expect.poll(() => routes.inFlight(), { timeout: 20_000 }).toBe(0);
  provider.reset();
  const sound = () =>
    route(server, { models: ['simulated/steady'] }).then(({ __typename, degraded }) => [
      __typename,
      degraded,
    ]);
  await expect.poll(sound, { timeout: 20_000 }).toEqual(['RouteSuccess', []]);
  expect(routes.recordsSetAside()).toBe(0);
  expect(log.errors).toEqual([]);
}

describe('a provider, whatever it says,', () => {
  test.each(['without', 'with'])(
    'is answered for %s a key',
    async (keyed) => {
      for (const [index, [name, reply]] of cases.entries()) {
        const key = keyed === 'with' ? { idempotencyKey: `whole ${name}` } : {};
        provider.always(reply);
        const answer = await route(server, inputOf(index, key));
        expect(ends, `${name}: ${JSON.stringify(answer).slice(0, 300)}`).toContain(answer.__typename);
        if (keyed === 'without' || answer.__typename !== 'RouteSuccess') continue;
        const before = provider.received;
        const again = await route(server, inputOf(index, key));
        expect(['RouteSuccess', 'Conflict'], name).toContain(again.__typename);
        if (again.__typename === 'RouteSuccess') expect(again.completion).toEqual(answer.completion);
        expect(provider.received, name).toBe(before);
      }
      await expectUnharmed();
    },
    120_000,
  );

  test.each(['without', 'with'])(
    'is streamed %s a key',
    async (keyed) => {
      for (const [index, [name, reply]] of cases.entries()) {
        provider.always(reply);
        const key = keyed === 'with' ? { idempotencyKey: `stream ${name}` } : {};
        const last = (await eventsOf(inputOf(index, key))).at(-1);
        expect(['RouteCompleted', 'RouteFailed'], name).toContain(last?.__typename);
        if (last?.__typename !== 'RouteFailed') continue;
        const { error } = last as unknown as { error: { __typename: string } };
        expect([...ends, 'StreamInterrupted'], `${name}: ${JSON.stringify(last).slice(0, 300)}`).toContain(
          error.__typename,
        );
      }
      await expectUnharmed();
    },
    120_000,
  );

  test('never credits a quota: what it counts wrongly counts as estimated', async () => {
    await addModel(server, 'crediting', provider);
    const text = 'word '.repeat(400);
    for (const count of [-5000, '-1e9', '"-7"', 'NaN', 0]) {
      const usage = { prompt_tokens: 'COUNT', completion_tokens: 'COUNT', total_tokens: 'COUNT' };
      const body = JSON.stringify({ ...chatCompletion({ text }), usage }).replaceAll(
        '"COUNT"',
        String(count),
      );
      provider.always({ body });
      const { text: key } = await issueKey(server, { tokensPerMinute: 1200 });
      const ended: string[] = [];
      const input = {
        models: ['crediting/*'],
        maxOutputTokens: 10,
        messages: [{ role: 'USER', content: text }],
      };
      while (ended.length < 6 && !ended.includes('RateLimited')) {
        ended.push((await route(server, input, { key })).__typename);
      }
      expect(ended, String(count)).toContain('RateLimited');
    }
  });

  test.skipIf(inject('postgres') === null)(
    'leaves nothing stuck while the heads of chains are locked',
    async () => {
      const client = new pg.Client(environment['DATABASE_URL']);
      await client.connect();
      await client.query('BEGIN');
      await client.query('SELECT * FROM audit_heads FOR UPDATE');
      const some = cases.filter((_, index) => index % 6 === 0);
      const held = some.map(([name, reply]) => {
        const index = cases.findIndex(([each]) => each === name);
        provider.next(reply);
        return send(
          server.url,
          adminKey,
          `mutation ($input: RouteInput!) { route(input: $input) { __typename } }`,
          {
            input: {
              messages: [{ role: 'USER', content: 'Hi' }],
              ...inputOf(index, { idempotencyKey: `locked ${name}` }),
            },
          },
        );
      });
      await provider.arrival(provider.received + 1).catch(() => undefined);
      await client.query('COMMIT');
      await client.end();
      for (const answer of await Promise.all(held)) {
        expect(answer.errors).toBeUndefined();
        const { __typename } = (answer.data as { route: { __typename: string } }).route;
        expect([...ends, 'Unavailable']).toContain(__typename);
      }
      await expectUnharmed();
    },
    60_000,
  );

  test('leaves nothing behind that a restart meets', async () => {
    const under = cases.slice(0, 8).map(([name], index) => {
      provider.next({ fault: 'hang' });
      return route(server, inputOf(index, { idempotencyKey: `restart ${name}`, timeoutMs: 1000 })).catch(
        () => undefined,
      );
    });
    await Promise.all(under);
    await server[Symbol.asyncDispose]();
    await start();
    for (const [index, [name]] of cases.slice(0, 8).entries()) {
      provider.reset();
      const again = await route(server, inputOf(index, { idempotencyKey: `restart ${name}` }));
      expect(ends, name).toContain(again.__typename);
      const kept = await route(server, inputOf(index, { idempotencyKey: `whole ${name}` }));
      expect(ends, name).toContain(kept.__typename);
    }
    await expectUnharmed();
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  }, 60_000);

  test.skipIf(inject('postgres') === null)(
    'leaves nothing behind in the spool of a server that stops before its database can record',
    async () => {
      const client = new pg.Client(environment['DATABASE_URL']);
      await client.connect();
      await client.query('BEGIN');
      await client.query('SELECT * FROM audit_heads FOR UPDATE');
      const ended: { readonly id: string; readonly name: string }[] = [];
      for (const [index, [name, reply]] of cases.entries()) {
        provider.always(reply);
        const key = index % 2 === 0 ? {} : { idempotencyKey: `spooled ${name}` };
        const answer = await route(server, inputOf(index, key));
        expect([...ends, 'Unavailable'], name).toContain(answer.__typename);
        if (answer.decision) ended.push({ id: answer.decision.id, name });
      }
      expect(server.app.services.route.canRecord()).toBe(true);
      await server[Symbol.asyncDispose]();
      await client.query('COMMIT');
      await client.end();
      await start();
      await expectUnharmed();
      expect(ended.length).toBeGreaterThan(cases.length / 2);
      for (const { id, name } of ended)
        expect((await decisionOf(server, { id })).status, name).not.toBe('PENDING');
      expect(await server.field('verifyAuditChain', '{ verifyAuditChain { ok } }')).toEqual({ ok: true });
    },
    120_000,
  );
});
