import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import {
  hasPostgresBinaries,
  startPrivatePostgres,
  type PrivatePostgres,
} from '../../support/databases/private-postgres.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { ask } from '../../support/graphql/client.ts';
import { decisionOf, decisionUuid } from '../../support/graphql/route-call.ts';
import { ballot, vote } from '../../support/graphql/vote-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServerProcess, type ServerProcess } from '../../support/servers/server-process.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

describe.skipIf(!hasPostgresBinaries())('a vote', () => {
  const stack = new AsyncDisposableStack();
  let postgres: PrivatePostgres;
  let providers: ScriptedProvider[];
  let server: ServerProcess;
  let url: string;
  const ballots = ['one', 'two'].map((slug) => ballot(slug, 'Hello.'));

  beforeAll(async () => {
    postgres = stack.use(await startPrivatePostgres());
    const dataDir = stack.use(await createDataDir('empty'));
    server = stack.use(startServerProcess({ DATABASE_URL: postgres.url, SWITCHYARD_DATA_DIR: dataDir.path }));
    url = await server.url();
    providers = [];
    for (const [index, slug] of ['one', 'two'].entries()) {
      const provider = stack.use(await startScriptedProvider());
      await addModel({ url }, slug, provider, { ats: (95 - 5 * index) / 100 });
      providers.push(provider);
    }
  });
  afterAll(() => stack.disposeAsync());

  it('is answered while the database is away, and recorded once when it is back', async () => {
    await postgres.kill();
    const answer = await vote({ url });
    expect(answer).toMatchObject({
      ballots,
      decision: { kind: 'VOTE', status: 'SUCCEEDED', auditSeq: null, degraded: ['DATABASE'] },
    });
    await postgres.start();
    await expect
      .poll(async () => (await decisionOf({ url }, answer.decision)).auditSeq, { timeout: 30_000 })
      .not.toBeNull();
    const kept = await decisionOf({ url }, answer.decision);
    expect(kept).toMatchObject({ status: 'SUCCEEDED', attempts: [{ position: 1 }, { position: 2 }] });
    const query = '{ auditLog(type: "routing.completed", first: 5) { nodes { payload } } }';
    const { nodes } = await ask<{ nodes: { payload: object }[] }>({ url }, 'auditLog', query);
    expect(nodes.map(({ payload }) => payload)).toMatchObject([{ decisionId: decisionUuid(kept) }]);
    expect(await ask({ url }, 'verifyAuditChain', '{ verifyAuditChain { ok } }')).toEqual({ ok: true });
  });

  it('that is under way when its server is told to stop is answered first', async () => {
    const released = Promise.withResolvers<void>();
    for (const provider of providers) provider.always({ until: released.promise });
    const before = providers.map((provider) => provider.received);
    const asked = vote({ url });
    await Promise.all(providers.map((provider, index) => provider.arrival(before[index]! + 1)));
    server.signal('SIGTERM');
    await server.said('Stopping');
    released.resolve();
    expect(await asked).toMatchObject({ ballots, decision: { status: 'SUCCEEDED' } });
    expect((await server.ended).code).toBe(0);
  });
});
