import type { SetAside } from '../../../src/audit/set-aside.service.ts';
import type { Spool } from '../../../src/audit/spool.ts';

/** A spool that forgets with its process, and has as much room as a test says. */
export interface MemorySpool extends Spool {
  room: 'enough' | 'reserve' | 'none';
}

/** An empty one. */
export function createMemorySpool(): MemorySpool {
  const records: Uint8Array[] = [];
  let discarded = 0;
  const spool: MemorySpool = {
    room: 'enough',
    async append(added) {
      if (spool.room === 'none')
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      records.push(...added);
    },
    peek(limit) {
      const oldest = records.slice(discarded, discarded + limit);
      return Promise.resolve({ records: oldest, end: discarded + oldest.length });
    },
    async discard(end) {
      discarded = end;
    },
    isEmpty: () => discarded === records.length,
    accepts: () => spool.room === 'enough',
    recover: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return spool;
}

/** What is set aside in memory. */
export interface MemorySetAside extends SetAside {
  readonly texts: readonly string[];
}

/** Nothing, so far. */
export function createMemorySetAside(): MemorySetAside {
  const texts: string[] = [];
  return {
    texts,
    keep(records) {
      const added = records.filter((record) => !texts.includes(new TextDecoder().decode(record)));
      texts.push(...added.map((record) => new TextDecoder().decode(record)));
      return Promise.resolve(new Set(added));
    },
    count: () => texts.length,
  };
}
