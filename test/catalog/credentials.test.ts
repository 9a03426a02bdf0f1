import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCredentials } from '../../src/catalog/credentials.node.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchyard-credentials-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('credentials', () => {
  it('come from the environment, and an empty one is none', () => {
    const credentials = readCredentials({ ACME_API_KEY: 'from env', EMPTY_KEY: '' }, null);
    expect(credentials.get('ACME_API_KEY')).toBe('from env');
    expect(credentials.get('EMPTY_KEY')).toBeUndefined();
    expect(credentials.get('OTHER_API_KEY')).toBeUndefined();
  });

  it('come from mounted files without their trailing newline, the environment first', async () => {
    await writeFile(join(directory, 'ACME_API_KEY'), 'from file\n');
    await writeFile(join(directory, 'BOTH_API_KEY'), 'from file');
    const credentials = readCredentials({ BOTH_API_KEY: 'from env' }, directory);
    expect(credentials.get('ACME_API_KEY')).toBe('from file');
    expect(credentials.get('BOTH_API_KEY')).toBe('from env');
  });

  it('are found where a secret is mounted as a link beside directories', async () => {
    await mkdir(join(directory, '..data'));
    await mkdir(join(directory, 'FOLDER_KEY'));
    await writeFile(join(directory, '..data', 'ACME_API_KEY'), 'linked');
    await symlink(join('..data', 'ACME_API_KEY'), join(directory, 'ACME_API_KEY'));
    expect(readCredentials({}, directory).get('ACME_API_KEY')).toBe('linked');
  });

  it('never include the product’s own settings or connection URLs', () => {
    const environment = { SWITCHYARD_ADMIN_KEY: 'a', DATABASE_URL: 'b', path: 'c' };
    const credentials = readCredentials(environment, null);
    for (const name of Object.keys(environment)) expect(credentials.get(name)).toBeUndefined();
  });

  it('stop the start when their directory cannot be read', () => {
    expect(() => readCredentials({}, join(directory, 'missing'))).toThrow('ENOENT');
  });
});
