import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';

// Starting processes takes long on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 60_000 });

/** The one sentence of a log that says why a process did not start. */
function sentenceOf(output: readonly string[]): string {
  const lines = output.map((line) => JSON.parse(line) as { level: number; msg: string; err?: unknown });
  const [reason, ...others] = lines.filter(({ level }) => level >= 40);
  expect(others).toEqual([]);
  expect(reason).not.toHaveProperty('err');
  return reason!.msg;
}

const refusal = (path: string, reason: string) =>
  `Switchyard cannot start. The data directory ${path} cannot be used: ${reason}. SWITCHYARD_DATA_DIR chooses another one.`;

describe('a data directory that cannot be one', () => {
  async function refusedAt(path: string) {
    await using server = startServerProcess({ SWITCHYARD_DATA_DIR: path });
    const { code, output } = await server.ended;
    expect(code).toBe(2);
    return sentenceOf(output);
  }

  it('is a file, or lies below one', async () => {
    await using home = await createDataDir('empty');
    const file = join(home.path, 'file');
    await writeFile(file, 'x');
    expect(await refusedAt(file)).toBe(refusal(file, 'it is not a directory'));
    expect(await refusedAt(join(file, 'sub'))).toBe(
      refusal(join(file, 'sub'), 'its path leads through a file'),
    );
  });

  it('lies where no directory can be made', async () => {
    expect(await refusedAt('/proc/foo/bar')).toContain(
      'The data directory /proc/foo/bar cannot be used: ENOENT',
    );
    expect(await refusedAt('/sys/kernel/foo')).toBe(
      refusal('/sys/kernel/foo', 'this user may not write there'),
    );
  });
});

/** Runs a server whose data directory is a file system of its own, which only it sees; then lists what is left there. */
function startMounted(options: string, prepare: string, path: string) {
  const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
  const script = `mount -t tmpfs tmpfs "$0" && ${prepare} && mount -o remount,${options} "$0" && { "$1" "$2"; code=$?; ls -A "$0" >&2; exit $code; }`;
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--user', '--map-root-user', '--mount', 'sh', '-c', script, path, process.execPath, main],
    {
      env: { PATH: process.env['PATH'], PORT: '0', SWITCHYARD_DATA_DIR: path },
      encoding: 'utf8',
      timeout: 50_000,
    },
  );
  return { status, output: stdout.split('\n').filter((line) => line !== ''), stderr };
}

const canMount =
  spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
    .status === 0;

describe.skipIf(!canMount)('a file system that takes nothing', () => {
  it.each([
    [
      'has no room for a database',
      'size=1m',
      'true',
      'its disk has 1 MB left, and the embedded database needs 64 MB',
    ],
    ['is full', 'size=1m', 'dd if=/dev/zero of="$0/fill" bs=1k count=1000 2>/dev/null', 'its disk is full'],
    ['can only be read', 'ro', 'true', 'its file system can only be read'],
  ])(
    'because it %s is named in one sentence, and nothing is left in it',
    async (_, options, prepare, reason) => {
      await using home = await createDataDir('empty');
      const { status, output, stderr } = startMounted(options, prepare, home.path);
      expect({ status, left: stderr.replace('fill\n', '') }).toEqual({ status: 2, left: '' });
      expect(sentenceOf(output)).toBe(refusal(home.path, reason));
    },
  );
});
