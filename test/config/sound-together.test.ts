import { expect, test } from 'vitest';
import { problemsOf } from './problems.ts';

test('the owner’s URL stands beside the one that is served from, and means the same tables', () => {
  const owner = 'postgres://owner:hunter2@db/switchyard';
  expect(problemsOf({ SWITCHYARD_MIGRATION_DATABASE_URL: owner })).toEqual([
    'SWITCHYARD_MIGRATION_DATABASE_URL must be absent where DATABASE_URL is',
  ]);
  const served = 'postgres://switchyard:hunter2@db/switchyard?schema=apart';
  expect(problemsOf({ SWITCHYARD_MIGRATION_DATABASE_URL: owner, DATABASE_URL: served })).toEqual([
    'SWITCHYARD_MIGRATION_DATABASE_URL must name the schema that DATABASE_URL names',
  ]);
  expect(
    problemsOf({ SWITCHYARD_MIGRATION_DATABASE_URL: `${owner}?schema=apart`, DATABASE_URL: served }),
  ).toEqual([]);
});

test('several workers need a database that several processes can use', () => {
  expect(problemsOf({ SWITCHYARD_WORKERS: '2' })).toEqual([
    'SWITCHYARD_WORKERS must be 1 where DATABASE_URL is absent: the embedded database serves one process',
  ]);
  expect(problemsOf({ SWITCHYARD_WORKERS: '0' })).toEqual([
    'SWITCHYARD_WORKERS must be a whole number from 1 to 64, not "0"',
  ]);
});
