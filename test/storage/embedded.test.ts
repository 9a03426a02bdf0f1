import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/open-database.ts';
import { createDataDir } from '../support/databases/fresh-databases.ts';
import { silentLog } from '../support/logs/silent-log.ts';

const program = fileURLToPath(new URL('children/hold.ts', import.meta.url));

interface Holder extends AsyncDisposable {
  readonly pid: number | undefined;
  readonly lines: AsyncIterator<string>;
}

/** Another process on the same directory, and the lines it prints. Disposing kills it; then it has ended. */
function startProcess(dataDir: string): Holder {
  const child = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  return {
    pid: child.pid,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('the embedded database', () => {
  it('refuses a second process on its directory, naming both in one sentence', async () => {
    await using dataDir = await createDataDir();
    await using first = startProcess(dataDir.path);
    expect((await first.lines.next()).value).toBe('open');
    await using second = startProcess(dataDir.path);
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

  it('keeps every acknowledged row, and its directory usable, when its process is killed', async () => {
    await using dataDir = await createDataDir();
    const acknowledged: string[] = [];
    {
      await using holder = startProcess(dataDir.path);
      expect((await holder.lines.next()).value).toBe('open');
      while (acknowledged.length < 50) acknowledged.push((await holder.lines.next()).value as string);
    }
    await using database = await openDatabase({ url: undefined, dataDir: dataDir.path, log: silentLog });
    const stored = new Set((await database.prisma.tenant.findMany()).map(({ id }) => id));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });

  it('makes its directory when there is none', async () => {
    await using dataDir = await createDataDir('empty');
    const at = { url: undefined, dataDir: `${dataDir.path}/new`, log: silentLog };
    await using database = await openDatabase(at);
    expect(await database.prisma.tenant.count()).toBe(0);
  }, 60_000);
});
