import type { ProbeCall } from '../calls/probe-call.service.ts';
import type { Log } from '../system/log.ts';
import type { ProbeTarget } from './probe-target.ts';

/** The probes that this instance makes. Disposing ends them. */
export interface Probing extends AsyncDisposable {
  /** How many more may be begun at this moment. */
  room(): number;
  has(key: string): boolean;
  targets(): readonly ProbeTarget[];
  /**
   * Begins a probe; what it shows goes to whoever hears of probes. `onEnd` is told what it has cost, integer micro-USD,
   * null when nothing was sent.
   */
  begin(target: ProbeTarget, onEnd: (spentMicroUsd: number | null) => Promise<void>): void;
}

/** Probes that one instance makes at once. */
const MOST_AT_ONCE = 8;

/** None is under way. */
export function createProbing({ probe, log }: { readonly probe: ProbeCall; readonly log: Log }): Probing {
  const stopping = new AbortController();
  const underWay = new Map<string, { readonly target: ProbeTarget; readonly end: Promise<void> }>();

  async function run({ key }: ProbeTarget, onEnd: (spentMicroUsd: number | null) => Promise<void>) {
    try {
      const made = await probe(key, { signal: stopping.signal });
      await onEnd(made === null || made.outcome.kind === 'refused' ? null : made.costMicroUsd);
    } catch (err) {
      log.error('A model could not be probed.', { key, err });
    } finally {
      underWay.delete(key);
    }
  }

  return {
    room: () => MOST_AT_ONCE - underWay.size,
    has: (key) => underWay.has(key),
    targets: () => [...underWay.values()].map(({ target }) => target),
    begin: (target, onEnd) => void underWay.set(target.key, { target, end: run(target, onEnd) }),
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('The server stops.'));
      await Promise.all([...underWay.values()].map(({ end }) => end));
    },
  };
}
