import type { SharedUse } from './quota.ts';

/** The uses of some callers, by the ids of their API keys. */
export type SharedUses = ReadonlyMap<string, readonly SharedUse[]>;

/** Tells the instances of a fleet what each of them has admitted. */
export interface QuotaExchange {
  /**
   * Puts this instance's uses of these callers in the place of what it told before, and resolves with the uses that
   * the other instances have told of the same callers. Rejects, without much delay, while they cannot be reached;
   * whether they were told is then unknown, and telling them again does no harm.
   */
  exchange(own: SharedUses): Promise<SharedUses>;
}
