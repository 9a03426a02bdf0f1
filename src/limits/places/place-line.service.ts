import { onAbort } from '../../system/abort.ts';
import type { Timers } from '../../system/timers.ts';
import type { HeldPlace } from './places.ts';

/** A place that somebody waits for. */
export interface AwaitedPlace {
  readonly key: string;
  /** Takes one; 0, or milliseconds after which there may be one. */
  take(): number;
  giveBack(): void;
  /** Counts who waits for it. */
  await(by: 1 | -1): void;
}

/** Calls that wait for a place, in the order in which they came. */
export interface PlaceLine {
  /**
   * Resolves with the first of these that has room, when all who came before have theirs. Rejects with the signal's
   * reason.
   */
  wait(places: readonly AwaitedPlace[], signal: AbortSignal): Promise<HeldPlace>;
  /** There may be room. */
  serve(): void;
}

interface Waiting {
  readonly places: readonly AwaitedPlace[];
  readonly grant: (place: HeldPlace) => void;
}

/** Bounds may have been lifted meanwhile, and what a recovered model gives is gathered by those who look. */
const LOOK_AGAIN_MS = 250;

/** Nobody waits. */
export function createPlaceLine(timers: Timers): PlaceLine {
  const line = new Set<Waiting>();
  let alarm: Disposable | undefined;

  function leave(waiting: Waiting): boolean {
    if (!line.delete(waiting)) return false;
    for (const place of waiting.places) place.await(-1);
    return true;
  }

  function serve(): void {
    alarm?.[Symbol.dispose]();
    const full = new Map<string, number>();
    for (const waiting of line) {
      const place = waiting.places.find(({ key, take }) => {
        if (full.has(key)) return false;
        const waitMs = take();
        if (waitMs > 0) full.set(key, waitMs);
        return waitMs === 0;
      });
      if (place === undefined || !leave(waiting)) continue;
      waiting.grant(hold(place));
    }
    if (line.size > 0) alarm = timers.after(Math.min(LOOK_AGAIN_MS, ...full.values()), serve);
  }

  return {
    serve,
    async wait(places, signal) {
      const granted = Promise.withResolvers<HeldPlace>();
      const waiting: Waiting = { places, grant: granted.resolve };
      line.add(waiting);
      for (const place of places) place.await(1);
      using _leaving = onAbort(signal, () => {
        if (leave(waiting)) granted.reject(signal.reason);
      });
      // It may have aborted already.
      if (line.has(waiting)) serve();
      return await granted.promise;
    },
  };
}

function hold(place: AwaitedPlace): HeldPlace {
  let isHeld = true;
  const handOver = () => {
    const wasHeld = isHeld;
    isHeld = false;
    return wasHeld;
  };
  return {
    key: place.key,
    handOver,
    [Symbol.dispose]() {
      if (handOver()) place.giveBack();
    },
  };
}
