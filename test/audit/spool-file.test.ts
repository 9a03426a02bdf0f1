import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
