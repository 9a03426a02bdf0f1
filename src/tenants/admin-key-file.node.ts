import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../system/start-error.ts';
import type { AdminKeyFile } from './admin-key-file.ts';

/** The file `admin-key` in the data directory, mode 0600. Throws StartError when it cannot be read or written. */
export function createAdminKeyFile(dataDir: string): AdminKeyFile {
  const path = join(dataDir, 'admin-key');
  return {
    async read() {
      try {
        return (await readFile(path, 'utf8')).trim() || null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw unusable(error);
      }
    },
    async write(text) {
      try {
        await mkdir(dataDir, { recursive: true });
        await replace(path, text);
      } catch (error) {
        throw unusable(error);
      }
    },
  };
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await using file = await open(draft, 'w', 0o600);
  // A draft that a crash left behind keeps the mode it had.
  await file.chmod(0o600);
  await file.writeFile(`${text}\n`);
  await file.sync();
  await rename(draft, path);
}

function unusable(cause: unknown): StartError {
  return new StartError(`The admin key cannot be kept: ${(cause as Error).message}.`, { cause });
}
