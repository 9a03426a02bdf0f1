import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDataDir } from '../../support/databases/fresh-databases.ts';

// Starting processes takes long on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** `npm start`, once its server serves. */
async function startByNpm(environment: NodeJS.ProcessEnv = {}) {
  const dataDir = await createDataDir();
  onTestFinished(() => dataDir[Symbol.asyncDispose]());
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env: { PATH: process.env['PATH'], PORT: '0', SWITCHYARD_DATA_DIR: dataDir.path, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output: string[] = [];
  const lines = createInterface({ input: npm.stdout });
  const serves = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      output.push(line);
      if (line.includes('serves GraphQL')) resolve();
    });
    npm.once('exit', () => reject(new Error(output.join('\n'))));
  });
  const ended = once(npm, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  onTestFinished(() => void npm.kill('SIGKILL'));
  await serves;
  const children = await readFile(`/proc/${npm.pid}/task/${npm.pid}/children`, 'utf8');
  const server = Number(children.trim().split(' ').at(-1));
  onTestFinished(() => void (isAlive(server) && process.kill(server, 'SIGKILL')));
  return { npm, server, output, ended };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('npm start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops its server in order when npm is sent %s', async (signal) => {
    const { npm, server, output, ended } = await startByNpm();
    npm.kill(signal);
    expect(await ended).toEqual([0, null]);
    await expect.poll(() => isAlive(server), { timeout: 10_000 }).toBe(false);
    expect(output.at(-1)).toContain('Stopped.');
  });

  it('ends with its server when that is told to stop', async () => {
    const { server, output, ended } = await startByNpm();
    process.kill(server, 'SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(output.at(-1)).toContain('Stopped.');
  });

  it('takes no offence at what the guides have clients export', async () => {
    const { npm, ended } = await startByNpm({ SWITCHYARD_KEY: 'swy_local_x', SWITCHYARD_URL: 'ws://x' });
    npm.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
