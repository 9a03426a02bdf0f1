import type { Replication } from '../fleet/replication.service.ts';
import type { Clock } from '../system/clock.ts';
import { isIdle, openQuotaWindow, type QuotaWindow } from './quota.ts';
import { mergeUses, usesPart } from './use-row.ts';

/** Windows by name, which instances share: what each admitted of a name counts with all of them. */
export interface SharedWindows {
  /** The window of a name, with what other instances have admitted of it. */
  windowOf(name: string): QuotaWindow;
  /** The same, where there is one already. */
  known(name: string): QuotaWindow | undefined;
  /** What this instance admitted of a name has changed. */
  changed(name: string): void;
  /** This instance's monotonic clock, in whole milliseconds. */
  now(): number;
}

export interface SharedWindowsOptions {
  /** Its name among what instances share. */
  readonly kind: string;
  /** What tells the other instances, and this one of theirs. */
  readonly replication: Pick<Replication, 'add'>;
  readonly clock: Clock;
  /** Names at most, where they come from outside: beyond that those that were opened first are forgotten. */
  readonly mostNames?: number;
}

/** Windows are looked through for idle ones when there are twice as many as were left, and at least so many. */
const LEAST_SWEPT = 64;

/**
 * Counts in this process. Where there are other instances, what they have admitted of any name comes in the
 * background, a moment late; while they cannot be reached, each goes on by what it knows.
 */
export function createSharedWindows(options: SharedWindowsOptions): SharedWindows {
  const { kind, replication, clock, mostNames = Infinity } = options;
  const windows = new Map<string, QuotaWindow>();
  let sweepAtSize = LEAST_SWEPT;
  const now = () => Math.floor(clock.monotonicMs());

  const replica = replication.add({
    kind,
    names: () => windows.keys(),
    localPart(name, nowMs) {
      const window = windows.get(name);
      return window === undefined ? null : usesPart(window, nowMs);
    },
    isInUse: (name) => windows.has(name),
    merge: (name, parts, nowMs) => mergeUses(windowOf(name), parts, nowMs),
  });

  function windowOf(name: string): QuotaWindow {
    const known = windows.get(name);
    if (known !== undefined) return known;
    if (windows.size >= sweepAtSize) dropIdle();
    const window = openQuotaWindow();
    mergeUses(window, replica.partsOf(name), now());
    windows.set(name, window);
    return window;
  }

  const sweepSize = () => Math.min(Math.max(LEAST_SWEPT, 2 * windows.size), mostNames);

  function dropIdle(): void {
    for (const [name, window] of windows) if (isIdle(window, now())) windows.delete(name);
    // Half at once, or each new name would have all of them looked through.
    if (windows.size < mostNames) return void (sweepAtSize = sweepSize());
    for (const name of windows.keys()) {
      if (windows.size <= mostNames / 2) break;
      windows.delete(name);
    }
    sweepAtSize = sweepSize();
  }

  return { windowOf, known: (name) => windows.get(name), changed: (name) => replica.changed(name), now };
}
