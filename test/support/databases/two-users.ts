import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { inject } from 'vitest';
import { administer } from './administer.ts';

/** A database whose tables belong to another user than the one that serves; removed, with both, when disposed of. */
export interface TwoUsers extends AsyncDisposable {
  /** The environment of a server that serves as the one and migrates as the other. */
  readonly environment: {
    readonly DATABASE_URL: string;
    readonly SWITCHYARD_MIGRATION_DATABASE_URL: string;
  };
  /** The same database as a superuser. */
  readonly superUrl: string;
  readonly names: { readonly user: string; readonly owner: string };
}

/**
 * Makes one by the SQL of docs/operations.md itself, under names of its own: roles belong to the whole server. `one`:
 * as an installation that so far has one user, without tables.
 */
export async function createTwoUsers(content: 'two' | 'one' = 'two'): Promise<TwoUsers> {
  const postgres = inject('postgres');
  if (postgres === null) throw new Error('there is no Postgres to test with');
  const user = `${postgres.template}_${randomUUID().slice(0, 8)}`;
  const owner = `${user}_owner`;
  const superUrl = new URL(postgres.url);
  superUrl.pathname = `/${user}`;
  const run = (url: string, sql: string) => administer(url, (client) => client.query(sql));

  if (content === 'two') await runGuide(0, postgres.url, user);
  else {
    await run(postgres.url, `CREATE ROLE "${user}" LOGIN PASSWORD 'of-the-servers'`);
    await run(postgres.url, `CREATE DATABASE "${user}" OWNER "${user}"`);
  }
  const urlOf = (name: string, password: string) => {
    const url = new URL(superUrl);
    [url.username, url.password] = [name, password];
    return url.href;
  };
  return {
    names: { user, owner },
    superUrl: superUrl.href,
    environment: {
      DATABASE_URL: urlOf(user, 'of-the-servers'),
      SWITCHYARD_MIGRATION_DATABASE_URL: urlOf(owner, 'of-the-owner'),
    },
    async [Symbol.asyncDispose]() {
      await run(postgres.url, `DROP DATABASE "${user}" WITH (FORCE)`);
      await run(postgres.url, `DROP ROLE IF EXISTS "${user}", "${owner}"`);
    },
  };
}

/** Runs one of the guide's two scripts as a superuser, with `user` for the name `switchyard`. */
export async function runGuide(index: 0 | 1, url: string, user: string): Promise<void> {
  const guide = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const script = [...guide.matchAll(/```sql\n([^`]*)```/g)][index]?.[1];
  if (script === undefined) throw new Error('the guide has no such script');
  const [before = '', after = ''] = script
    .replaceAll(/\bswitchyard(_owner)?\b/g, `"${user}$1"`)
    .split(/^\\connect .*$/m);
  const inside = new URL(url);
  inside.pathname = `/${user}`;
  for (const [at, statements] of [
    [url, before],
    [inside.href, after],
  ] as const) {
    const client = new pg.Client({ connectionString: at });
    await client.connect();
    // One at a time: a database is not made within a transaction.
    for (const statement of statements.split(';\n').filter((text) => text.trim() !== '')) {
      await client.query(statement);
    }
    await client.end();
  }
}
