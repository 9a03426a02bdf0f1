import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a test's own, small enough to be filled. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Takes all that is left of it. */
  fill(): void;
  /** Gives that back. */
  free(): void;
  freeBytes(): number;
}

/** Whether tests may mount one: only root may. */
export const canMountDisks = ((): boolean => {
  const path = mkdtempSync(join(tmpdir(), 'switchyard-mount-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', path], { stdio: 'ignore' });
  if (status === 0) spawnSync('umount', [path]);
  rmSync(path, { recursive: true, force: true });
  return status === 0;
})();

/** Mounts one. */
export async function mountDisk(megabytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'switchyard-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]);
  const filler = join(path, 'fill');
  return {
    path,
    fill() {
      const file = openSync(filler, 'w');
      try {
        for (;;) writeSync(file, Buffer.alloc(4096, 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    freeBytes() {
      const { bavail, bsize } = statfsSync(path);
      return bavail * bsize;
    },
    async [Symbol.asyncDispose]() {
      spawnSync('umount', ['-l', path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}
