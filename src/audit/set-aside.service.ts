import type { Sha256 } from '../system/digest.ts';
import type { SpoolSizes } from './spool.service.ts';
import type { Spool } from './spool.ts';

/** Where records stay that the database refuses: on this machine's disk, for an operator to look into. */
export interface SetAside {
  /** Resolves when all of the records are durable, with those that were not kept before; each is kept once. */
  keep(records: readonly Uint8Array[]): Promise<ReadonlySet<Uint8Array>>;
  /** How many are kept, those of earlier processes included. */
  count(): number;
}

/** Set aside is what should not exist: thousands of calls fit, and none is read but at the start. */
export const SET_ASIDE_SIZES: SpoolSizes = {
  maxFileBytes: 256 * 1024 ** 2,
  reserveBytes: 0,
  growthBytes: 64 * 1024,
};

/** Keeps them in a spool of its own, from which nothing is ever discarded. */
export async function openSetAside(spool: Spool, sha256: Sha256): Promise<SetAside> {
  const nameOf = (record: Uint8Array): string => sha256.hex(record);
  const { records: kept } = await spool.peek(Number.MAX_SAFE_INTEGER);
  const names = new Set(kept.map(nameOf));
  return {
    async keep(records) {
      const added = new Map<string, Uint8Array>();
      for (const record of records) {
        const name = nameOf(record);
        if (!names.has(name)) added.set(name, record);
      }
      if (added.size > 0) await spool.append([...added.values()]);
      for (const name of added.keys()) names.add(name);
      return new Set(added.values());
    },
    count: () => names.size,
  };
}
