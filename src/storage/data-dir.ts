import { existsSync } from 'node:fs';
import { mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UnusableSettingError } from '../system/start-error.ts';

/** What the embedded database takes when it is made, with some room for its first records. */
const DATABASE_BYTES = 64 * 2 ** 20;

/** Enough to be refused where a file system still makes files although it has no room for what is in them. */
const PROBE_BYTES = 64 * 2 ** 10;

/** Where the embedded database lies in the data directory. */
export function databaseDirectory(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/**
 * Makes the data directory when it is missing, and finds out whether files can be kept there, before anything relies on
 * it. Throws UnusableSettingError with the reason. A disk that is full is none where the database is elsewhere: what
 * waits in the spool can only leave it, and make room, when the server starts.
 */
export async function prepareDataDir(dataDir: string, holdsDatabase: boolean): Promise<void> {
  try {
    await make(resolve(dataDir));
    if (!(await stat(dataDir)).isDirectory()) throw unusable(dataDir, 'it is not a directory');
    await probe(join(dataDir, 'write-probe')).catch((error: unknown) => {
      if (holdsDatabase || !isFull(error)) throw error;
    });
    if (holdsDatabase && !existsSync(databaseDirectory(dataDir))) await requireRoom(dataDir);
  } catch (error) {
    throw error instanceof UnusableSettingError ? error : unusable(dataDir, reasonOf(error), error);
  }
}

/** The refusal of a data directory; `reason` finishes the sentence "it cannot be used: …". */
export function unusable(dataDir: string, reason: string, cause?: unknown): UnusableSettingError {
  return new UnusableSettingError(
    `The data directory ${dataDir} cannot be used: ${reason}. SWITCHYARD_DATA_DIR chooses another one.`,
    { cause },
  );
}

/** One directory at a time: Node's own recursion never ends below a parent that takes no directories, as /proc. */
async function make(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await make(dirname(path));
    await mkdir(path);
  }
}

async function probe(path: string): Promise<void> {
  try {
    await using file = await open(path, 'w', 0o600);
    await file.writeFile(Buffer.alloc(PROBE_BYTES));
    await file.sync();
  } finally {
    await rm(path, { force: true });
  }
}

async function requireRoom(dataDir: string): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(dataDir);
  const freeBytes = bavail * bsize;
  // Some file systems do not say how large they are.
  if (blocks === 0 || freeBytes >= DATABASE_BYTES) return;
  throw unusable(
    dataDir,
    `its disk has ${Math.floor(freeBytes / 2 ** 20)} MB left, and the embedded database needs ${DATABASE_BYTES / 2 ** 20} MB`,
  );
}

function isFull(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'its disk quota is used up',
  EROFS: 'its file system can only be read',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOTDIR: 'its path leads through a file',
};

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}
