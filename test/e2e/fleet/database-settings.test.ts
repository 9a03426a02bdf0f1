import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { administer } from '../../support/databases/administer.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

/** A database that is configured like this for every session. */
async function prepare(content: 'migrated' | 'empty', settings: Readonly<Record<string, string>>) {
  const database = await createPostgresDatabase(content);
  onTestFinished(() => database[Symbol.asyncDispose]());
  const name = new URL(database.url).pathname.slice(1);
  await administer(database.url, async (client) => {
    for (const [setting, value] of Object.entries(settings)) {
      await client.query(`ALTER DATABASE "${name}" SET ${setting} = ${value}`);
    }
  });
  return database;
}

/** Makes, changes and lists what has instants, durations, bytes and fractions. */
async function expectWhole(server: TestServer): Promise<void> {
  const provider = await startScriptedProvider();
  onTestFinished(() => provider[Symbol.asyncDispose]());
  await addModel(server, 'calm', provider);
  const before = Date.now() - 60_000;
  for (const key of ['one', 'two']) {
    const input = { models: ['calm/model'], idempotencyKey: key };
    expect(await route(server, input)).toMatchObject({ __typename: 'RouteSuccess', degraded: [] });
    expect(await route(server, input)).toMatchObject({ __typename: 'RouteSuccess' });
  }
  const { data, errors } = await server.ask(`{
    routingDecisions(first: 10) { nodes { createdAt completedAt } }
    tenants(first: 10) { nodes { createdAt } }
    auditLog(first: 10) { nodes { at } }
    models(first: 50) { nodes { key breaker { state } } }
    circuitBreakers(first: 10) { nodes { closedAt } }
    breakerTransitions(first: 10) { nodes { at } }
    verifyAuditChain { ok }
  }`);
  expect(errors).toBeUndefined();
  const { nodes } = (data as { routingDecisions: { nodes: { createdAt: string; completedAt: string }[] } })
    .routingDecisions;
  expect(nodes).toHaveLength(2);
  for (const { createdAt } of nodes) {
    expect(Date.parse(createdAt)).toBeGreaterThan(before);
    expect(Date.parse(createdAt)).toBeLessThan(Date.now() + 60_000);
  }
}

describe.skipIf(inject('postgres') === null)('a database', () => {
  it('that sets every session to other forms serves as any other', async () => {
    const database = await prepare('migrated', {
      datestyle: "'SQL, DMY'",
      intervalstyle: "'sql_standard'",
      timezone: "'America/New_York'",
      bytea_output: "'escape'",
      extra_float_digits: '-15',
      standard_conforming_strings: 'off',
      search_path: 'elsewhere',
      default_transaction_isolation: "'serializable'",
      default_transaction_read_only: 'on',
      lock_timeout: '1',
      statement_timeout: '1',
      client_encoding: "'latin1'",
    });
    await using server = await startServer({ DATABASE_URL: database.url });
    await expectWhole(server);
  });

  it('holds the tables in the schema that its URL names, and nothing elsewhere', async () => {
    const database = await prepare('empty', { search_path: 'elsewhere' });
    const environment = { DATABASE_URL: `${database.url}?schema=My%20own` };
    for (const start of ['first', 'second']) {
      await using server = await startServer(environment);
      if (start === 'first') await expectWhole(server);
      else
        expect((await server.ask('{ routingDecisions(first: 10) { nodes { id } } }')).errors).toBeUndefined();
    }
    const found = await administer(database.url, async (client) => {
      const { rows } = await client.query<{ nspname: string }>(
        `SELECT DISTINCT nspname FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
         WHERE nspname !~ '^(pg_|information_schema)'`,
      );
      return rows.map(({ nspname }) => nspname);
    });
    expect(found).toEqual(['My own']);
  });
});
