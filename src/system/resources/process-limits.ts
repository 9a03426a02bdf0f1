/** What the operating system and the engine let this process have. */
export interface ProcessLimits {
  /** Open files and sockets at most; null: nobody says. */
  readonly descriptors: number | null;
  /** Those that are open at this moment. */
  readonly openDescriptors: number;
  /** What its objects may take of memory, bytes. */
  readonly heapBytes: number;
}

/** The soft limit of open files that /proc/self/limits tells (proc(5)); null: none, or it cannot be read. */
export function openFilesLimit(text: string): number | null {
  const [, soft = ''] = /^Max open files\s+(\S+)/m.exec(text) ?? [];
  return /^\d+$/.test(soft) ? Number(soft) : null;
}
