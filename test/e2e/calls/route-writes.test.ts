import pg from 'pg';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { createManualTime } from '../../support/time/manual-time.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { startPostgresServer } from '../../support/servers/server.ts';

/** A server on Postgres in whose background nothing happens, because its timers stand still. */
async function stage() {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await startScriptedProvider());
  const server = stack.use(await startPostgresServer({}, createManualTime()));
  await addModel(server, 'only', provider);
  const owned = stack.move();
  return { provider, route: () => route(server), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** From now on, every statement that is sent to a database, by its beginning. */
function followStatements(): () => string[] {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  return () =>
    query.mock.calls.map(([statement]: unknown[]) => {
      const text = typeof statement === 'string' ? statement : (statement as { text: string }).text;
      return text.trim().replace(/\s+/g, ' ');
    });
}

/** What one group commit sends, whatever its size. */
const groupCommit = /^SELECT record_writings_v\d+\(/;

describe.skipIf(inject('postgres') === null)('a call on the healthy path', () => {
  afterEach(() => vi.restoreAllMocks());

  it('asks the database for nothing: it sends the one statement that records it', async () => {
    await using running = await stage();
    await running.route();
    const statements = followStatements();
    expect(await running.route()).toMatchObject({ __typename: 'RouteSuccess' });
    expect(statements()).toEqual([expect.stringMatching(groupCommit)]);
  });

  it('shares its statement with the calls beside it', async () => {
    await using running = await stage();
    const { provider, route } = running;
    const answered = Promise.withResolvers<undefined>();
    provider.always({ until: answered.promise });
    const statements = followStatements();
    const calls = Array.from({ length: 32 }, route);
    await provider.arrival(32);
    answered.resolve(undefined);
    for (const answer of await Promise.all(calls)) expect(answer.__typename).toBe('RouteSuccess');

    const sent = statements();
    expect(sent.length).toBeLessThan(16);
    for (const statement of sent) expect(statement).toMatch(groupCommit);
  });
});
