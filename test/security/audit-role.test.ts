import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { deleteOldTransitions } from '../../src/breakers/transitions/transition.store.ts';
import { deleteExpiredKeys } from '../../src/routing/once/idempotency.store.ts';
import { createTwoUsers, type TwoUsers } from '../support/databases/two-users.ts';
import {
  addModel,
  change,
  createTenant,
  issueKey,
  PREFERRED,
  revokeKey,
  setTimeLimit,
} from '../support/graphql/admin.ts';
import { breakerOf, fail } from '../support/graphql/breakers.ts';
import { decisionOf, route } from '../support/graphql/route-call.ts';
import { createKeptLog, type KeptLog } from '../support/logs/kept-log.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

/** Whatever an attacker with the application's URL might try, each in a session of its own. */
const attacks: readonly string[] = [
  ...['audit_entries', 'audit_heads'].flatMap((table) => [
    `UPDATE ${table} SET tenant_id = tenant_id`,
    `UPDATE ${table} SET seq = seq + 1 WHERE false`,
    `DELETE FROM ${table}`,
    `TRUNCATE ${table}`,
    `TRUNCATE ${table} CASCADE`,
    `INSERT INTO ${table} SELECT * FROM ${table}`,
    `SELECT FROM ${table} FOR UPDATE`,
    `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`,
    `MERGE INTO ${table} USING tenants ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES`,
    `COPY ${table} FROM STDIN`,
    `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
    `ALTER TABLE ${table} DISABLE TRIGGER USER`,
    `ALTER TABLE ${table} OWNER TO CURRENT_USER`,
    `ALTER TABLE ${table} ADD COLUMN more TEXT`,
    `ALTER TABLE ${table} RENAME TO other`,
    `ALTER TABLE ${table} SET SCHEMA pg_temp`,
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `DROP TABLE ${table}`,
    `DROP TABLE ${table} CASCADE`,
    `GRANT ALL ON ${table} TO CURRENT_USER; UPDATE ${table} SET seq = seq`,
    `CREATE TRIGGER evil BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
    `CREATE RULE evil AS ON INSERT TO ${table} DO INSTEAD NOTHING`,
    `CREATE POLICY evil ON ${table}`,
    `CREATE INDEX evil ON ${table} (seq)`,
    `CREATE TABLE evil () INHERITS (${table})`,
  ]),
  `DROP TRIGGER audit_entries_append_only ON audit_entries`,
  `ALTER TRIGGER audit_entries_append_only ON audit_entries RENAME TO harmless`,
  `CREATE OR REPLACE FUNCTION refuse_write() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
  `DROP FUNCTION refuse_write() CASCADE`,
  `ALTER FUNCTION refuse_write() OWNER TO CURRENT_USER`,
  `ALTER FUNCTION append_audit_entries_v1(JSON, INTEGER[]) RESET ALL`,
  `ALTER FUNCTION append_audit_entries_v1(JSON, INTEGER[]) SECURITY INVOKER`,
  `ALTER FUNCTION append_audit_entries_v2(UUID[], UUID[], TEXT[], TEXT[], INTEGER[]) RESET ALL`,
  `ALTER FUNCTION append_audit_entries_v2(UUID[], UUID[], TEXT[], TEXT[], INTEGER[]) SECURITY INVOKER`,
  `CREATE FUNCTION sha256(text) RETURNS BYTEA LANGUAGE sql RETURN ''::bytea`,
  `SET session_replication_role = replica`,
  `ALTER ROLE CURRENT_USER SET session_replication_role = replica`,
  `ALTER ROLE CURRENT_USER SUPERUSER`,
  `ALTER SCHEMA public RENAME TO other`,
  `DROP SCHEMA public CASCADE`,
  `CREATE SCHEMA evil`,
  `CREATE TABLE public.evil ()`,
  `CREATE TEMP TABLE audit_entries ()`,
  `DELETE FROM _prisma_migrations`,
];

describe.skipIf(inject('postgres') === null)('a server whose user does not own the tables', () => {
  const stack = new AsyncDisposableStack();
  let users: TwoUsers;
  let server: TestServer;
  let provider: ScriptedProvider;
  let log: KeptLog;

  beforeAll(async () => {
    users = stack.use(await createTwoUsers());
    provider = stack.use(await startScriptedProvider());
    log = createKeptLog();
    server = stack.use(await startServer(users.environment, { log }));
    await addModel(server, 'one', provider, PREFERRED);
  });
  afterAll(() => stack.disposeAsync());

  const verify = () =>
    server
      .field('verifyAuditChain', '{ verifyAuditChain { ok } }')
      .then((found) => expect(found).toEqual({ ok: true }));

  it('records calls, with an idempotency key and without one, and reads what it recorded', async () => {
    const input = { idempotencyKey: 'once' };
    const [first, second, plain] = [
      await route(server, input),
      await route(server, input),
      await route(server),
    ];
    for (const answer of [first, second, plain]) expect(answer.__typename).toBe('RouteSuccess');
    expect(second.decision.id).toBe(first.decision.id);
    expect((await decisionOf(server, plain.decision)).status).toBe('SUCCEEDED');
    await verify();
  });

  // Before there is another tenant, whose calls would have the breaker looked into and closed.
  it('trips a breaker, has an operator close it, and goes on', async () => {
    await fail(server, 'one', provider, 5);
    const { generation } = await breakerOf(server, 'one');
    expect(generation).toBeGreaterThan(0);
    const input = { providerSlug: 'one', modelSlug: 'model', reason: 'an exercise', generation };
    await change(server, 'resetBreaker', input);
    expect((await route(server)).completion?.model.key).toBe('one/model');
  });

  it('changes policies, tenants, keys and the catalog, and deletes a tenant with what is the tenant’s', async () => {
    await setTimeLimit(server, 30_000);
    const tenant = await createTenant(server, 'guest');
    const key = await issueKey(server, { tenantId: tenant.id });
    await route(server, { idempotencyKey: 'guest' }, { key: key.text });
    await revokeKey(server, key.id);
    await change(server, 'recordAtsScore', {
      providerSlug: 'one',
      modelSlug: 'model',
      taskType: 'code',
      score: 0.9,
    });
    await change(server, 'deleteTenant', { id: tenant.id });
    await verify();
  });

  it('sweeps what has had its time', async () => {
    const { prisma } = server.app.services.database;
    await prisma.$executeRaw`UPDATE idempotency_keys SET expires_at = now() - interval '2 days'`;
    expect(await deleteExpiredKeys(prisma, 0, 100)).toBeGreaterThan(0);
    expect(await deleteOldTransitions(prisma, 0, 100)).toBeGreaterThan(0);
  });

  it.each(attacks)('cannot %s', async (attack) => {
    const client = new pg.Client({ connectionString: users.environment.DATABASE_URL });
    await client.connect();
    try {
      // Insufficient privilege; a statement that cannot be written so at all is no protection.
      await expect(client.query(`BEGIN; ${attack}; ROLLBACK`)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
    }
  });

  it('reads the log, appends by the one function, and finds the chain whole after all of that', async () => {
    const client = new pg.Client({ connectionString: users.environment.DATABASE_URL });
    await client.connect();
    const drafts = JSON.stringify([
      { id: crypto.randomUUID(), tenant_id: crypto.randomUUID(), type: 'forged', canonical: '{}' },
    ]);
    const { rows } = await client.query('SELECT append_audit_entries_v1($1) AS seqs', [drafts]);
    expect(rows).toEqual([{ seqs: ['1'] }]);
    await client.end();
    await verify();
  });

  it('has no word of a right that is missing in its log', () => {
    expect(log.lines.join('\n') + log.fields.join('\n')).not.toMatch(/permission denied|42501|could alter/);
  });
});
