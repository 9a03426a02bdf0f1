import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { openLine } from '../../support/databases/line.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { route, type RouteAnswer } from '../../support/graphql/route-call.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { unlessStalled } from '../../support/time/stalls.ts';
import { until } from '../../support/time/until.ts';

vi.setConfig({ testTimeout: 180_000 });

/** Each way. */
const FAR_MS = 200;

let keys = 0;
const plain = (server: TestServer) => route(server, { models: ['calm/model'] });
const keyed = (server: TestServer) =>
  route(server, { models: ['calm/model'], idempotencyKey: `key-${(keys += 1)}` });

/** So many calls of each kind, some at the same time. */
async function expectServed(server: TestServer): Promise<void> {
  const answers: RouteAnswer[] = [];
  for (let round = 0; round < 4; round += 1) {
    answers.push(...(await Promise.all([plain(server), plain(server), keyed(server), keyed(server)])));
  }
  for (const answer of answers) expect(answer).toMatchObject({ __typename: 'RouteSuccess', degraded: [] });
}

describe.skipIf(inject('postgres') === null)('a database that is far away', () => {
  it('serves calls with a key, and degrades none without, also when it moves away from running servers and back', () =>
    unlessStalled(async () => {
      const database = await createPostgresDatabase();
      onTestFinished(() => database[Symbol.asyncDispose]());
      const line = await openLine(database.url);
      onTestFinished(() => line[Symbol.asyncDispose]());
      const provider = await startScriptedProvider({ record: false });
      onTestFinished(() => provider[Symbol.asyncDispose]());
      const log = createKeptLog();
      await using server = await startServer({ DATABASE_URL: line.url }, { log });
      await addModel(server, 'calm', provider);
      const roundTripMs = () => server.app.services.database.roundTripMs();
      const told = () => log.lines.filter((line) => line.includes('The database is'));

      await expectServed(server);
      line.delayMs = FAR_MS;
      // Plain calls go on at once; the limits follow within seconds.
      expect(await plain(server)).toMatchObject({ __typename: 'RouteSuccess', degraded: [] });
      await until(() => roundTripMs() > FAR_MS);
      await expectServed(server);

      line.delayMs = 0;
      await expectServed(server);
      await until(() => roundTripMs() < FAR_MS);
      await expectServed(server);
      expect(told()).toEqual([]);
    }));

  it('serves a server that starts there', () =>
    unlessStalled(async () => {
      const database = await createPostgresDatabase();
      onTestFinished(() => database[Symbol.asyncDispose]());
      const line = await openLine(database.url);
      onTestFinished(() => line[Symbol.asyncDispose]());
      line.delayMs = FAR_MS;
      const provider = await startScriptedProvider({ record: false });
      onTestFinished(() => provider[Symbol.asyncDispose]());
      await using server = await startServer({ DATABASE_URL: line.url });
      await addModel(server, 'calm', provider);
      await expectServed(server);
    }));
});
