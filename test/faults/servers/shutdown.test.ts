import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, inject, test } from 'vitest';
import { GRACE_MS } from '../../../src/server/listen.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { createDataDir, createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { adminKey, post } from '../../support/graphql/client.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { startServer } from '../../support/servers/server.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';
import { routeDocument, sayHello } from '../../support/graphql/route-call.ts';

const variables = { input: sayHello({ models: ['only/*'] }) };
const calls = 5;

describe.skipIf(inject('postgres') === null)('a server that is told to stop', () => {
  test('ends in order: no new connections, idle ones closed, calls answered, all of it recorded, exit 0', async () => {
    await using stage = await prepare();
    const { provider, server, url } = stage;
    const released = Promise.withResolvers<void>();
    provider.always({ until: released.promise });
    const answers = Array.from({ length: calls }, () => ask(url));
    await provider.arrival(calls);
    const idle = await keepAlive(url);

    const order: string[] = [];
    const happened = (event: string) => () => void order.push(event);
    void server.ended.then(happened('the process ends'));
    const idleClosed = idle.closed.then(happened('idle connections are closed'));
    const answered = Promise.all(answers).then(happened('calls are answered'));
    server.signal('SIGTERM');
    await Promise.all([server.said('Stopping'), idleClosed]);
    await expect(fetch(`${url}/readyz`)).rejects.toThrow('fetch failed');
    happened('new connections are refused')();
    released.resolve();
    await answered;
    const { code, errors, output } = await server.ended;

    expect(order).toEqual([
      'idle connections are closed',
      'new connections are refused',
      'calls are answered',
      'the process ends',
    ]);
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(output.at(-1)).toContain('Stopped.');
    for (const answer of await Promise.all(answers)) {
      expect(answer).toEqual({ connection: 'close', data: { route: { __typename: 'RouteSuccess' } } });
    }
    expect(await stage.statuses()).toEqual(Array.from({ length: calls }, () => 'SUCCEEDED'));
  });

  test('takes signals that come together, as from a terminal and from npm, for one', async () => {
    await using stage = await prepare();
    const { provider, server, url } = stage;
    const released = Promise.withResolvers<void>();
    provider.always({ until: released.promise });
    const answer = ask(url);
    await provider.arrival(1);
    server.signal('SIGINT');
    server.signal('SIGTERM');
    await server.said('Stopping');
    released.resolve();
    expect(await answer).toMatchObject({ data: { route: { __typename: 'RouteSuccess' } } });
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  test('waits no longer when it is told again', async () => {
    await using stage = await prepare();
    const { provider, server, url } = stage;
    provider.always({ fault: 'hang' });
    const cut = expect(ask(url)).rejects.toThrow('fetch failed');
    await provider.arrival(1);
    server.signal('SIGTERM');
    await server.said('Stopping');
    let ended = false;
    const end = server.ended.then(({ code }) => {
      ended = true;
      return code;
    });
    const again = () => {
      server.signal('SIGTERM');
      return ended;
    };
    await expect.poll(again, { timeout: 5000 }).toBe(true);
    expect(await end).toBe(1);
    await cut;
  });

  test('cuts the calls that outlast its patience, and has recorded each as cancelled when it is gone', async () => {
    await using database = await createPostgresDatabase();
    await using provider = await startScriptedProvider();
    const { timers, advance } = createManualTime();
    await using server = await startServer({ DATABASE_URL: database.url }, { timers });
    await addModel(server, 'only', provider);
    provider.always({ fault: 'hang' });
    const asking = Array.from({ length: calls }, () => expect(ask(server.url)).rejects.toThrow());
    await provider.arrival(calls);
    // Their beginnings first: time that flies would make a database look slow that is in the middle of writing them.
    const begun = () => advance(10).then(() => decisionsIn(database.url));
    await expect.poll(begun, { timeout: 10_000 }).toHaveLength(calls);

    const stopped = server.app[Symbol.asyncDispose]();
    await advance(GRACE_MS);
    await Promise.all([stopped, ...asking, provider.abandonment(calls)]);
    expect(await statusesIn(database.url)).toEqual(Array.from({ length: calls }, () => 'CANCELLED'));
  });
});

/** A server as an operator runs it, on a database of its own, with one provider. */
async function prepare() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createPostgresDatabase());
  const { path } = stack.use(await createDataDir('empty'));
  const provider = stack.use(await startScriptedProvider());
  const server = stack.use(startServerProcess({ DATABASE_URL: database.url, SWITCHYARD_DATA_DIR: path }));
  const url = await server.url();
  await addModel({ url }, 'only', provider);
  const owned = stack.move();
  return {
    ...{ provider, server, url },
    statuses: () => statusesIn(database.url),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function ask(url: string): Promise<{ connection: string | null; data: unknown }> {
  const response = await post(url, adminKey, routeDocument(''), variables);
  const { data } = (await response.json()) as { data: unknown };
  return { connection: response.headers.get('connection'), data };
}

/** A connection that has been answered and is kept open. */
async function keepAlive(url: string): Promise<{ readonly closed: Promise<unknown> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('keep-alive');
  return { closed: once(socket, 'close') };
}

async function decisionsIn(url: string): Promise<object[]> {
  await using database = await openDatabase({ url, dataDir: '', log: silentLog });
  return await database.prisma.routingDecision.findMany();
}

/** How every decision that is stored has ended; each has its place in the audit chain. */
async function statusesIn(url: string): Promise<string[]> {
  await using database = await openDatabase({ url, dataDir: '', log: silentLog });
  const decisions = await database.prisma.routingDecision.findMany();
  for (const { tenantId, auditSeq } of decisions) {
    const where = { tenantId, seq: auditSeq!, type: 'routing.completed' };
    expect(await database.prisma.auditEntry.count({ where })).toBe(1);
  }
  return decisions.map(({ status }) => status);
}
