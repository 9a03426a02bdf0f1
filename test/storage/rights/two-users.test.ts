import { tmpdir } from 'node:os';
import { describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { administer } from '../../support/databases/administer.ts';
import { createTwoUsers, runGuide, type TwoUsers } from '../../support/databases/two-users.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { silentLog } from '../../support/logs/silent-log.ts';

const asServed = ({ environment }: TwoUsers, log = silentLog) =>
  openDatabase({ url: environment.DATABASE_URL, dataDir: tmpdir(), log });

const withOwner = ({ environment }: TwoUsers, log = silentLog) =>
  openDatabase({
    url: environment.DATABASE_URL,
    ownerUrl: environment.SWITCHYARD_MIGRATION_DATABASE_URL,
    dataDir: tmpdir(),
    log,
  });

const close = async (opening: Promise<AsyncDisposable>) => (await opening)[Symbol.asyncDispose]();

const WARNING = expect.stringContaining('warn: The user of DATABASE_URL could alter the audit log') as string;

describe.skipIf(inject('postgres') === null)('a database whose tables belong to another user', () => {
  it('is not migrated by the user that serves, who is told in one sentence what is missing', async () => {
    await using users = await createTwoUsers();
    await expect(asServed(users)).rejects.toThrow(
      /^The database lacks migration 20261122000000_foundation and \d+ more, and the user of DATABASE_URL may not make tables there: set SWITCHYARD_MIGRATION_DATABASE_URL to .+, or run "npm run migrate" with it\.$/,
    );
  });

  it('is migrated by its owner once, and served from without the owner ever after', async () => {
    await using users = await createTwoUsers();
    const [first, second, third] = [createKeptLog(), createKeptLog(), createKeptLog()];
    await close(withOwner(users, first));
    expect(first.lines).toEqual([
      'info: the user that serves was given its rights',
      'info: migrations applied',
    ]);
    await close(withOwner(users, second));
    await close(asServed(users, third));
    const upToDate = ['info: the database is up to date; no migration was missing'];
    expect([second.lines, third.lines]).toEqual([upToDate, upToDate]);
  });

  it('takes from the user that serves what it was given beyond its rights, and gives what was taken', async () => {
    await using users = await createTwoUsers();
    await close(withOwner(users));
    const { user } = users.names;
    await administer(users.superUrl, async (client) => {
      await client.query(
        `REVOKE INSERT ON routing_decisions FROM "${user}"; GRANT UPDATE ON audit_entries TO "${user}"`,
      );
    });
    await expect(asServed(users)).rejects.toThrow(
      `The user of DATABASE_URL, "${user}", lacks rights to routing_decisions: `,
    );
    await close(withOwner(users));
    const log = createKeptLog();
    await close(asServed(users, log));
    expect(log.lines).toHaveLength(1);
  });

  it('warns while the user that serves could alter the audit log, whichever way', async () => {
    await using users = await createTwoUsers();
    await close(withOwner(users));
    const { user, owner } = users.names;
    for (const [give, take] of [
      [`GRANT DELETE ON audit_entries TO "${user}"`, `REVOKE DELETE ON audit_entries FROM "${user}"`],
      [`GRANT UPDATE ON audit_heads TO PUBLIC`, `REVOKE UPDATE ON audit_heads FROM PUBLIC`],
      [`GRANT "${owner}" TO "${user}"`, `REVOKE "${owner}" FROM "${user}"`],
      [`GRANT CREATE ON SCHEMA public TO PUBLIC`, `REVOKE CREATE ON SCHEMA public FROM PUBLIC`],
      [`ALTER ROLE "${user}" SUPERUSER`, `ALTER ROLE "${user}" NOSUPERUSER`],
    ] as const) {
      const log = createKeptLog();
      await administer(users.superUrl, (client) => client.query(give));
      await close(asServed(users, log));
      expect(log.lines, give).toContainEqual(WARNING);
      await administer(users.superUrl, (client) => client.query(take));
    }
  });

  it('says that another one is meant when the two URLs lead to two databases', async () => {
    await using users = await createTwoUsers();
    await using others = await createTwoUsers();
    const mixed = { ...users.environment, DATABASE_URL: others.environment.DATABASE_URL };
    const asOwner = new URL(mixed.SWITCHYARD_MIGRATION_DATABASE_URL);
    await administer(users.superUrl, (client) =>
      client.query(`GRANT CONNECT ON DATABASE "${users.names.user}" TO "${others.names.user}"`),
    );
    const opening = openDatabase({
      url: mixed.DATABASE_URL,
      ownerUrl: asOwner.href,
      dataDir: tmpdir(),
      log: silentLog,
    });
    await expect(opening).rejects.toThrow('The database lacks migration 20261122000000_foundation');
    await administer(users.superUrl, (client) => client.query(`DROP OWNED BY "${others.names.user}"`));
  });

  it('can be made of one whose user does everything, while that one goes on being used', async () => {
    await using users = await createTwoUsers('one');
    const log = createKeptLog();
    await using running = await asServed(users, log);
    expect(log.lines).toContainEqual(WARNING);
    await runGuide(1, inject('postgres')!.url, users.names.user);
    expect(await running.prisma.topicVersion.count()).toBeGreaterThan(0);
    await close(withOwner(users));
    expect(await running.prisma.topicVersion.count()).toBeGreaterThan(0);
    const after = createKeptLog();
    await close(asServed(users, after));
    expect(after.lines).toHaveLength(1);
  });
});
