import type { WriteVerdict } from './refusal-verdict.ts';

export interface WriteEachOptions<T> {
  /** Writes all of them or none, and takes note of what it wrote. May be asked to repeat. */
  readonly write: (items: readonly T[]) => Promise<void>;
  /** Writes nothing, in the same way: rejects when the database serves nobody. */
  readonly probe: () => Promise<unknown>;
  /** What an error of either says. */
  readonly verdictOf: (error: unknown) => WriteVerdict;
}

/** What the database refuses for what is in it, and the error with which it did. */
export interface RefusedItem<T> {
  readonly item: T;
  readonly error: unknown;
}

/**
 * Writes items in their order, by halves where it has to, so that none suffers for another; returns those that are
 * refused for a reason of their own. Rejects when the database is away or busy, with some written perhaps.
 */
export async function writeEach<T>(
  items: readonly T[],
  options: WriteEachOptions<T>,
): Promise<RefusedItem<T>[]> {
  try {
    await options.write(items);
    return [];
  } catch (error) {
    const verdict = options.verdictOf(error);
    const [item] = items;
    if (item === undefined || verdict === 'away' || verdict === 'busy') throw error;
    if (items.length === 1) {
      return verdict === 'unclear' ? await writeOnceMore(item, options) : [{ item, error }];
    }
  }
  const middle = items.length >> 1;
  const older = await writeEach(items.slice(0, middle), options);
  return [...older, ...(await writeEach(items.slice(middle), options))];
}

/** What has failed for no reason that is known is blamed on the item only when it fails again while others are served. */
async function writeOnceMore<T>(item: T, options: WriteEachOptions<T>): Promise<RefusedItem<T>[]> {
  await options.probe();
  try {
    await options.write([item]);
    return [];
  } catch (error) {
    const verdict = options.verdictOf(error);
    if (verdict === 'away' || verdict === 'busy') throw error;
    return [{ item, error }];
  }
}
