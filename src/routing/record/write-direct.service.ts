import { NEVER_BEGAN, reasonOf, verdictOf, type Refusals } from './refusals.service.ts';
import { writeEach, type RefusedItem } from './refused/write-each.ts';
import { encodeWriting, type Writing } from './writing.ts';

/** What has become of a writing: it has a place in the chain, will get one, or was set aside and gets none. */
export type Written =
  | { readonly to: 'database'; readonly seq: number | null }
  | { readonly to: 'spool' }
  | { readonly to: 'aside' };

/** A writing on its way. */
export interface Item {
  readonly writing: Writing;
  readonly whenSpooled: () => Writing;
  written?: Written;
}

export interface WriteDirectDependencies {
  readonly refusals: Refusals;
  /** Commits all of them or none; the seqs of their entries. */
  readonly commit: (writings: readonly Writing[]) => Promise<readonly (number | null)[]>;
}

/**
 * Writes to the database, notes what became of each item, and sets aside what it refuses, and the ends whose
 * beginnings were. Hands an error that says that it is away or busy to `otherwise`, which may take it: what was
 * not written by then goes on without a note. Throws UnavailableError when what is refused cannot be kept.
 */
export function createWriteDirect({ refusals, commit }: WriteDirectDependencies) {
  async function commitItems(items: readonly Item[]): Promise<void> {
    const seqs = await commit(items.map(({ writing }) => writing));
    for (const [index, item] of items.entries()) item.written = { to: 'database', seq: seqs[index] ?? null };
  }

  async function setAside(refused: readonly (readonly [Item, string])[]): Promise<void> {
    await refusals.setAside(
      refused.map(([{ writing }, why]) => ({ record: encodeRecord(writing), writing, why })),
    );
    for (const [item] of refused) item.written = { to: 'aside' };
  }

  return async (items: readonly Item[], otherwise: (error: unknown) => void): Promise<void> => {
    let refused: RefusedItem<Item>[] = [];
    let failure: { readonly error: unknown } | undefined;
    try {
      refused = await writeEach(items, { write: commitItems, probe: () => commit([]), verdictOf });
    } catch (error) {
      failure = { error };
    }
    const unplaced = items.filter(({ written }) => written?.to === 'database' && written.seq === null);
    // What cannot be set aside has not been written.
    for (const item of unplaced) delete item.written;
    if (failure !== undefined) otherwise(failure.error);
    await setAside(refused.map(({ item, error }) => [item, reasonOf(error)]));
    const ends = unplaced.filter(({ writing }) => refusals.takesEndOf(writing));
    await setAside(ends.map((item) => [item, NEVER_BEGAN]));
    for (const item of unplaced) item.written ??= { to: 'database', seq: null };
  };
}

/** A writing as the spool carries it. */
export function encodeRecord(writing: Writing): Uint8Array {
  return new TextEncoder().encode(encodeWriting(writing));
}
