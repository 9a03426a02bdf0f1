import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseStartError } from './database.ts';

const SQLITE_BUSY = 5;

/** As SQLite may use for its own notes while it writes, the safest first; the second needs no room on the disk. */
const JOURNALS = ['DELETE', 'MEMORY'] as const;

/**
 * Claims a directory for this process until disposed of, or throws DatabaseStartError at once. The lock is a file
 * beside the directory that SQLite holds by means of the operating system, which Node itself cannot ask for: it
 * ends with its process however that dies, and, unlike a number in a file, is right across containers that share
 * a volume and after a number was reused. `processId` is only what a refused process is told; on a disk that is full
 * it may be told an older one.
 */
export function lockDirectory(directory: string, processId: number): Disposable {
  mkdirSync(dirname(directory), { recursive: true });
  const lock = openLock(directory);
  try {
    nameOwner(lock, processId);
    // Takes the lock and writes nothing.
    lock.exec('BEGIN IMMEDIATE');
  } catch (error) {
    using _lock = closing(lock);
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw unlockable(directory, error);
    throw new DatabaseStartError(
      `${directory} is in use by ${readOwner(lock)}; a data directory serves one process at a time.`,
    );
  }
  return closing(lock);
}

/** Writes it into the header's free integer, which others may read while the lock is held, if the disk takes it. */
function nameOwner(lock: DatabaseSync, processId: number): void {
  for (const journal of JOURNALS) {
    try {
      lock.exec(
        `PRAGMA journal_mode = ${journal}; BEGIN IMMEDIATE; PRAGMA user_version = ${processId}; COMMIT`,
      );
      return;
    } catch (error) {
      if ((error as { errcode?: unknown }).errcode === SQLITE_BUSY) throw error;
      if (lock.isTransaction) lock.exec('ROLLBACK');
    }
  }
}

function openLock(directory: string): DatabaseSync {
  try {
    return new DatabaseSync(`${directory}.lock`, { timeout: 0 });
  } catch (error) {
    throw unlockable(directory, error);
  }
}

function unlockable(directory: string, cause: unknown): DatabaseStartError {
  return new DatabaseStartError(`${directory} cannot be locked: ${(cause as Error).message}.`, { cause });
}

function readOwner(lock: DatabaseSync): string {
  // The owner may be about to write its number.
  lock.exec('PRAGMA busy_timeout = 1000');
  const processId = lock.prepare('PRAGMA user_version').get()?.['user_version'];
  return processId === 0 ? 'another process' : `process ${String(processId)}`;
}

function closing(lock: DatabaseSync): Disposable {
  return { [Symbol.dispose]: () => lock.close() };
}
