import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import { adminKey, post } from '../../support/graphql/client.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { startServer } from '../../support/servers/server.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { homes, type Home } from '../../support/servers/homes.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';
import { routeDocument, sayHello } from '../../support/graphql/route-call.ts';

// Starting processes takes long on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 60_000 });

const mutation = routeDocument('... on RouteSuccess { completion { text } decision { auditSeq } }');
const variables = { input: sayHello() };

/** A server with one provider that answers when it is let. */
async function stage({ environment }: Home) {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await startScriptedProvider());
  const server = stack.use(startServerProcess(environment));
  const url = await server.url();
  await addModel({ url }, 'only', provider);
  const owned = stack.move();
  const call = (signal?: AbortSignal) => post(url, adminKey, mutation, variables, signal);
  return { provider, server, url, call, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Every decision that is stored, and the type of the entry at its place in the chain. */
async function recordsOf(open: () => Promise<Database>) {
  await using database = await open();
  const decisions = await database.prisma.routingDecision.findMany();
  return await Promise.all(
    decisions.map(async ({ tenantId, auditSeq, status, attempts }) => {
      const entry = await database.prisma.auditEntry.findFirst({ where: { tenantId, seq: auditSeq ?? 0 } });
      return { status, attempts, auditSeq: Number(auditSeq), entry: entry?.type };
    }),
  );
}

const accepts = (url: string) =>
  fetch(`${url}/livez`).then(
    () => true,
    () => false,
  );

describe.for(homes)('a server that is told to stop ($kind)', ({ prepare }) => {
  it('takes no new calls, answers the one under way for good, and exits with 0', async () => {
    await using home = await prepare();
    await using stopping = await stage(home);
    const { provider, server, url, call } = stopping;
    const released = Promise.withResolvers<undefined>();
    provider.always({ until: released.promise });
    const answering = call();
    await provider.arrival(1);
    // Clients open connections in reserve: nothing is asked on them, so nothing is waited for.
    await using spare = connect(Number(new URL(url).port), '127.0.0.1');
    await once(spare, 'connect');
    const spareClosed = once(spare, 'close');

    server.signal('SIGTERM');
    await server.said('Stopping');
    await spareClosed;
    await expect.poll(() => accepts(url)).toBe(false);
    released.resolve(undefined);

    const response = await answering;
    // Kept open, the connection would bring further calls, and hold the process until it is idle for long enough.
    expect(response.headers.get('connection')).toBe('close');
    const answer = (await response.json()) as { data: { route: { decision: { auditSeq: number } } } };
    expect(answer.data.route).toMatchObject({ __typename: 'RouteSuccess', completion: { text: 'Hello.' } });
    expect(await server.ended).toMatchObject({ code: 0, errors: [] });
    expect(await recordsOf(home.open)).toMatchObject([
      { status: 'SUCCEEDED', auditSeq: answer.data.route.decision.auditSeq, entry: 'routing.completed' },
    ]);
  });

  it('has recorded a call as cancelled whose caller went away just before', async () => {
    await using home = await prepare();
    await using stopping = await stage(home);
    const { provider, server, call } = stopping;
    provider.always({ fault: 'hang' });
    const caller = new AbortController();
    const asking = call(caller.signal);
    await provider.arrival(1);

    caller.abort();
    await expect(asking).rejects.toThrow('aborted');
    await provider.abandonment(1);
    server.signal('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0, errors: [] });
    expect(await recordsOf(home.open)).toMatchObject([
      { status: 'CANCELLED', attempts: [{ failureClass: 'CANCELLED' }], entry: 'routing.completed' },
    ]);
  });
});

describe('a call that outlasts the time a stopping server gives it', () => {
  it('is cut, and recorded as cancelled', async () => {
    await using dataDir = await createDataDir();
    await using provider = await startScriptedProvider();
    const { timers, advance } = createManualTime();
    await using server = await startServer({ SWITCHYARD_DATA_DIR: dataDir.path }, { timers });
    await addModel(server, 'only', provider);
    provider.always({ fault: 'hang' });
    const asking = server.ask(mutation, variables);
    const cut = expect(asking).rejects.toThrow('fetch failed');
    await provider.arrival(1);

    const stopped = server.app[Symbol.asyncDispose]();
    await advance(30_000);
    await Promise.all([cut, stopped, provider.abandonment(1)]);
    const open = () => openDatabase({ url: undefined, dataDir: dataDir.path, log: silentLog });
    expect(await recordsOf(open)).toMatchObject([{ status: 'CANCELLED', entry: 'routing.completed' }]);
  });
});

describe('a server that is told to stop while it starts', () => {
  it('ends although what it waits for never comes', async () => {
    await using dataDir = await createDataDir('empty');
    await using silent = createServer((socket) => void socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const asked = once(silent, 'connection');
    const { port } = silent.address() as AddressInfo;
    await using server = startServerProcess({
      SWITCHYARD_DATA_DIR: dataDir.path,
      DATABASE_URL: `postgres://u@127.0.0.1:${port}/x`,
    });
    await asked;
    server.signal('SIGTERM');
    const { code, output } = await server.ended;
    expect(code).toBe(1);
    expect(output.join()).toContain('Stopped while starting');
  });
});
