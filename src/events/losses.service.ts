import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { Topic } from './topic.ts';

/** Something that this instance knew and its database lacks. */
export interface Loss {
  /** What was read: a topic's tables, or the audit chain of the tenant `key`. */
  readonly topic: Topic | 'audit';
  /** What of it, where that is one thing of many. */
  readonly key?: string;
  /** Where it stood as this instance knew it, and where it stands. */
  readonly knownSeq: number;
  readonly seq: number;
}

/**
 * What an instance finds its database to lack: an older copy has taken its place, or rows were deleted. Everything
 * finds that out for itself and follows; here it becomes one line for operators.
 */
export interface Losses extends Disposable {
  report(loss: Loss): void;
}

/** Everything looks at its table every two seconds: so long after the first loss, all that are of it are known. */
export const LOSS_GATHER_MS = 5_000;

/** The most losses that the line names; it counts the rest. */
const MOST_NAMED = 20;

/** Nothing is lost. Disposing tells of what has been reported. */
export function createLosses({ log, timers }: { readonly log: Log; readonly timers: Timers }): Losses {
  const found = new Map<string, Loss>();
  let timer: Disposable | undefined;

  function tell(): void {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (found.size === 0) return;
    const losses = [...found.values()];
    found.clear();
    log.warn(
      'The database lacks what this instance knew of it: an older copy has taken its place, or rows were deleted. This instance follows it.',
      { losses: losses.slice(0, MOST_NAMED), count: losses.length },
    );
  }

  return {
    report(loss) {
      const name = `${loss.topic} ${loss.key ?? ''}`;
      // The first says best how much was known.
      if (!found.has(name)) found.set(name, loss);
      timer ??= timers.after(LOSS_GATHER_MS, tell);
    },
    [Symbol.dispose]: tell,
  };
}
