import { readdirSync, readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { openFilesLimit, type ProcessLimits } from './process-limits.ts';

/** The limits of this process. Node has raised its soft limit of open files to the hard one when it started. */
export function readProcessLimits(): ProcessLimits {
  return {
    descriptors: orNull(() => openFilesLimit(readFileSync('/proc/self/limits', 'utf8'))),
    // Where there is no such directory, a fresh process has about as many as this.
    openDescriptors: orNull(() => readdirSync('/proc/self/fd').length) ?? FRESH_DESCRIPTORS,
    heapBytes: getHeapStatistics().heap_size_limit,
  };
}

const FRESH_DESCRIPTORS = 40;

/** Not every system tells these things by files. */
function orNull<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
