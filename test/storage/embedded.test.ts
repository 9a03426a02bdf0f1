import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/open-database.ts';
import { createDataDir } from '../support/databases/fresh-databases.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { startChild } from '../support/servers/child-process.ts';

const program = fileURLToPath(new URL('children/hold.ts', import.meta.url));

describe('the embedded database', () => {
  it('refuses a second process on its directory, naming both in one sentence', async () => {
    await using dataDir = await createDataDir();
    await using first = startChild(program, [dataDir.path]);
    expect((await first.lines.next()).value).toBe('open');
    await using second = startChild(program, [dataDir.path]);
    expect((await second.lines.next()).value).toBe(
      `DatabaseStartError: ${dataDir.path}/postgres is in use by process ${first.pid}; a data directory serves one process at a time.`,
    );
  });

  it('refuses a second opening in the same process', async () => {
    await using dataDir = await createDataDir();
    const at = { url: undefined, dataDir: dataDir.path, log: silentLog };
    await using _database = await openDatabase(at);
    await expect(openDatabase(at)).rejects.toThrow('is in use by another process');
  });

  it('gives its directory back when it is closed', async () => {
    await using dataDir = await createDataDir();
    const at = { url: undefined, dataDir: dataDir.path, log: silentLog };
    await (await openDatabase(at))[Symbol.asyncDispose]();
    await using again = await openDatabase(at);
    expect(await again.prisma.tenant.count()).toBe(0);
  });

  it('makes its directory when there is none', async () => {
    await using dataDir = await createDataDir('empty');
    const at = { url: undefined, dataDir: `${dataDir.path}/new`, log: silentLog };
    await using database = await openDatabase(at);
    expect(await database.prisma.tenant.count()).toBe(0);
  }, 60_000);
});
