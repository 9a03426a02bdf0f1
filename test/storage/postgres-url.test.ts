import { describe, expect, it } from 'vitest';
import { readPostgresUrl } from '../../src/storage/postgres-url.ts';

const at = (query: string) => readPostgresUrl(`postgres://me:secret@db.example.org/switchyard${query}`);

describe('the parameters of a connection string', () => {
  it.each([
    ['', { schema: 'public', idle: [] }],
    ['?sslmode=require', { schema: 'public', idle: [] }],
    ['?schema=my%20own', { schema: 'my own', idle: [] }],
    [
      '?pgbouncer=true&connection_limit=5&schema=foo',
      { schema: 'foo', idle: ['pgbouncer', 'connection_limit'] },
    ],
  ])('are heeded, or known to change nothing: %s', (query, read) => {
    expect(at(query)).toEqual(read);
  });

  it.each([
    ['?shema=foo', 'shema'],
    ['?statement_timeout=5', 'statement_timeout'],
    ['?schema=', 'schema'],
    ['?schema=a&schema=b', 'more than one schema'],
    ['?schema=pg_own', 'schema'],
    [`?schema=${'x'.repeat(64)}`, '63 bytes'],
    ['?options=-c%20search_path%3Dfoo', 'schema'],
  ])('are refused by their name otherwise: %s', (query, told) => {
    const read = at(query);
    expect('flaw' in read && read.flaw).toContain(told);
    expect(JSON.stringify(read)).not.toContain('secret');
  });
});
