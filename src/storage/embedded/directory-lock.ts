import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseStartError } from '../database.ts';

const SQLITE_BUSY = 5;

/**
 * Claims a directory for this process until disposed of, or throws DatabaseStartError at once. The lock is a file
 * beside the directory that SQLite holds by means of the operating system, which Node itself cannot ask for: it
 * ends with its process however that dies, and, unlike a number in a file, is right across containers that share
 * a volume and after a number was reused. `processId` is only what a refused process is told.
 */
export function lockDirectory(directory: string, processId: number): Disposable {
  mkdirSync(dirname(directory), { recursive: true });
  const lock = new DatabaseSync(`${directory}.lock`, { timeout: 0 });
  try {
    // The header's free integer names the owner; readers may see it while the second transaction is held open.
    lock.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${processId}; COMMIT; BEGIN IMMEDIATE`);
  } catch (error) {
    const owner = lock.prepare('PRAGMA user_version').get()?.['user_version'];
    lock.close();
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error;
    throw new DatabaseStartError(
      `${directory} is in use by ${owner === 0 ? 'another process' : `process ${String(owner)}`}; a data directory serves one process at a time.`,
    );
  }
  return { [Symbol.dispose]: () => lock.close() };
}
