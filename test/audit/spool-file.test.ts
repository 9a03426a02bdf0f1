import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { openSpoolFile } from '../../src/audit/spool-file.node.ts';
import { openSpool } from '../../src/audit/spool.service.ts';
import { nodeSha256 as sha256 } from '../../src/system/digest.node.ts';
import { StartError } from '../../src/system/start-error.ts';
import { silentLog } from '../support/logs/silent-log.ts';

async function makeDirectory(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'switchyard-spool-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return join(root, 'spool');
}

async function openIn(directory: string) {
  const file = await openSpoolFile(directory);
  onTestFinished(() => file[Symbol.asyncDispose]());
  return openSpool({ file, sha256, log: silentLog });
}

it('keeps every record that was said to be durable when its process is killed at any moment', async () => {
  const directory = await makeDirectory();
  const script = join(import.meta.dirname, 'children', 'append-forever.ts');
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let durable = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    durable = Number(line);
    if (durable > 1000) child.kill('SIGKILL');
  }
  await exited;
  const spool = await openIn(directory);
  const ids = (await spool.peek(1_000_000)).records.map((bytes) =>
    Number.parseInt(new TextDecoder().decode(bytes)),
  );
  expect(ids).toEqual(Array.from(ids, (_, index) => index));
  expect(ids.length).toBeGreaterThan(durable);
});

it('serves one process at a time', async () => {
  const directory = await makeDirectory();
  await openIn(directory);
  await expect(openSpoolFile(directory)).rejects.toBeInstanceOf(StartError);
});

it('can be read by its owner alone', async () => {
  const directory = await makeDirectory();
  await openIn(directory);
  expect((await stat(join(directory, 'records'))).mode & 0o077).toBe(0);
});

it('says in one sentence why it cannot be opened', async () => {
  const root = await makeDirectory();
  await writeFile(root, 'a file where a directory should be');
  await expect(openSpoolFile(join(root, 'spool'))).rejects.toThrow(/^The audit spool cannot be opened: /);
});
