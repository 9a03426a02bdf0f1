import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startCommitCutter, type CommitCutter, type Cut } from './commit-cutter.ts';
import { createPostgresDatabase } from './fresh-databases.ts';

/** The ways in which a client may have Postgres commit an entry. */
const forms = [
  {
    name: 'COMMIT as a simple query',
    write: async (client: pg.Client, id: number) => {
      await client.query('BEGIN');
      await client.query(`INSERT INTO audit_entries VALUES (${id})`);
      await client.query('COMMIT');
    },
  },
  {
    name: 'COMMIT as a statement of its own',
    write: async (client: pg.Client, id: number) => {
      await client.query('BEGIN');
      await client.query('INSERT INTO audit_entries VALUES ($1)', [id]);
      await client.query({ text: 'COMMIT', queryMode: 'extended' } as pg.QueryConfig);
    },
  },
  {
    name: 'COMMIT of a transaction that called a function',
    write: async (client: pg.Client, id: number) => {
      await client.query('BEGIN');
      await client.query('SELECT record_writings_v1($1)', [id]);
      await client.query('COMMIT');
    },
  },
  {
    name: 'a function as a simple query',
    write: (client: pg.Client, id: number) => client.query(`SELECT record_writings_v1(${id})`),
  },
  {
    name: 'a function as a statement',
    write: (client: pg.Client, id: number) => client.query('SELECT * FROM record_writings_v1($1)', [id]),
  },
  {
    name: 'a function as a named statement',
    write: (client: pg.Client, id: number) =>
      client.query({ name: 'record', text: 'SELECT record_writings_v1($1)', values: [id] }),
  },
];

describe.skipIf(inject('postgres') === null)('a commit that is cut off', () => {
  const stack = new AsyncDisposableStack();
  let databaseUrl: string;
  let direct: pg.Client;
  let cutter: CommitCutter;
  let nextId = 0;

  beforeAll(async () => {
    databaseUrl = stack.use(await createPostgresDatabase('empty')).url;
    direct = await open(databaseUrl);
    stack.defer(() => direct.end());
    await direct.query(`
      CREATE TABLE audit_entries (id int PRIMARY KEY);
      CREATE FUNCTION record_writings_v1(id int) RETURNS int LANGUAGE sql
        AS 'INSERT INTO audit_entries VALUES (id) RETURNING id'`);
    cutter = stack.use(await startCommitCutter(databaseUrl));
  });
  afterAll(() => stack.disposeAsync());

  async function open(url: string): Promise<pg.Client> {
    const client = new pg.Client(url);
    // A query that is under way reports it too.
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  async function isThere(id: number): Promise<boolean> {
    const { rowCount } = await direct.query('SELECT FROM audit_entries WHERE id = $1', [id]);
    return rowCount === 1;
  }

  /** Writes on a connection of its own through the cutter; says whether the client was told that it is done. */
  async function wasTold(write: (client: pg.Client) => Promise<unknown>): Promise<boolean> {
    const client = await open(cutter.url);
    try {
      await write(client);
    } catch (error) {
      expect(error).not.toBeInstanceOf(pg.DatabaseError);
      return false;
    } finally {
      client.end().catch(() => {});
    }
    return true;
  }

  const cases = forms.flatMap((form) => (['answer', 'request'] as Cut[]).map((what) => ({ ...form, what })));
  it.each(cases)('by its $what: $name', async ({ write, what }) => {
    const [first, second, third] = [++nextId, ++nextId, ++nextId];
    const cuts = cutter.cut(what, 2);
    expect(await wasTold((client) => write(client, first))).toBe(false);
    expect(await wasTold((client) => write(client, second))).toBe(false);
    await cuts;
    expect(await wasTold((client) => write(client, third))).toBe(true);
    expect([await isThere(first), await isThere(second)]).toEqual(Array(2).fill(what === 'answer'));
    expect(await isThere(third)).toBe(true);
  });

  it('may be answered late', async () => {
    const id = ++nextId;
    const cuts = cutter.cut('late', 1);
    const startedMs = performance.now();
    const told = wasTold((client) => client.query('SELECT record_writings_v1($1)', [id]));
    await cuts;
    expect(await isThere(id)).toBe(true);
    expect(await told).toBe(true);
    expect(performance.now() - startedMs).toBeGreaterThan(1_000);
  });

  it('is one that Postgres made, of what is looked for: all else goes through', async () => {
    const [taken, id] = [++nextId, ++nextId];
    await direct.query('SELECT record_writings_v1($1)', [taken]);
    const cuts = cutter.cut('answer', 1);
    const client = await open(cutter.url);
    await expect(client.query('SELECT record_writings_v1($1)', [taken])).rejects.toThrow('duplicate');
    await client.query('BEGIN');
    await expect(client.query(`INSERT INTO audit_entries VALUES (${taken})`)).rejects.toThrow('duplicate');
    expect((await client.query('COMMIT')).command).toBe('ROLLBACK');
    await client.query('BEGIN');
    await client.query('INSERT INTO audit_entries VALUES ($1)', [id]);
    await client.query('ROLLBACK');
    await client.query('BEGIN');
    await client.query('SELECT count(*) FROM audit_entries');
    await client.query('COMMIT');
    const large = 'x'.repeat(1_000_000);
    expect((await client.query<{ text: string }>('SELECT $1 AS text', [large])).rows).toEqual([
      { text: large },
    ]);
    await expect(client.query('SELECT record_writings_v1($1)', [id])).rejects.toThrow(
      /terminated|ECONNRESET/,
    );
    await cuts;
    expect(await isThere(id)).toBe(true);
  });
});
