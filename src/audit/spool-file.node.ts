import { constants } from 'node:fs';
import { mkdir, open as openFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lockDirectory } from '../storage/directory-lock.ts';
import { StartError } from '../system/start-error.ts';
import type { SpoolFile } from './spool.ts';

/**
 * The file of a spool in a directory of its own, which is made when it is missing. Throws StartError when another
 * process uses the directory, or it cannot be written.
 */
export async function openSpoolFile(directory: string, processId = 0): Promise<SpoolFile> {
  try {
    return await open(directory, processId);
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw new StartError(`The audit spool cannot be opened: ${(cause as Error).message}.`, { cause });
  }
}

async function open(directory: string, processId: number): Promise<SpoolFile> {
  await using stack = new AsyncDisposableStack();
  await mkdir(directory, { recursive: true });
  stack.use(lockDirectory(directory, processId));
  const handle = await openFile(join(directory, 'records'), constants.O_RDWR | constants.O_CREAT, 0o600);
  stack.defer(() => handle.close());
  // A file that is durable under a name that is not would be lost all the same.
  for (const path of [directory, dirname(directory)]) await syncDirectory(path);
  const owned = stack.move();
  return {
    size: async () => (await handle.stat()).size,
    read: (position, length) => readAt(handle, position, length),
    write: (position, bytes) => writeAt(handle, position, bytes),
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function writeAt(handle: FileHandle, position: number, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await openFile(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
