import type { Bus } from '../../events/bus.ts';
import { createLiveView } from '../../events/live-view.service.ts';
import type { Db } from '../../storage/database.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import { placeAt, type BreakerRow, type BreakerWrite } from '../table/breaker-row.ts';
import { loadBreakers, readBreakersSeq } from '../table/breaker.store.ts';
import { untouched, type Breaker } from '../rule/breaker.ts';
import { historyAfter, type Step } from '../rule/step.ts';

/** How often an instance asks whether breakers have changed, for changes of which no event arrived. */
export const BOARD_POLL_MS = 2_000;

/** What this instance knows of every breaker; instants are of its monotonic clock. Never moves back. */
export interface BreakerBoard extends AsyncDisposable {
  /** Undefined: nothing has ever been written of this model's breaker. Neither waits nor fails. */
  find(key: string): Breaker | undefined;
  /** The same, with an untouched breaker where there is none. */
  breakerOf(key: string): Breaker;
  /** Those that have ever been written, by this instance alone included. */
  known(): readonly Breaker[];
  /** Takes over what a write of this instance's has made of breakers, and publishes what concerns others. */
  applyWrites(writes: readonly BreakerWrite[]): void;
  /** Resolves when the board knows everything committed before the call. Never rejects. */
  refresh(): Promise<void>;
  /** Whether the database is away, so that this instance decides alone. */
  isDetached(): boolean;
  /** From now on this instance decides alone. */
  detach(): void;
  /** A step that takes the place of what the database would say, until `reattach`; one that changes nothing is none. */
  decideLocally(step: Step): void;
  /** What was decided alone: of each breaker, how it stands. */
  localDecisions(): readonly LocalDecision[];
  /** What the database says holds again, for every breaker. */
  reattach(): void;
}

/** A breaker as this instance has decided without the database. */
export interface LocalDecision {
  readonly breaker: Breaker;
  /** The last one of the database's when the first of these decisions was made; the breaker's own runs ahead of it. */
  readonly decidedFrom: number;
}

export interface BoardOptions {
  readonly db: Db;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

type Breakers = ReadonlyMap<string, Breaker>;

/** Loads the board; rejects when the database is away. */
export async function createBreakerBoard(options: BoardOptions): Promise<BreakerBoard> {
  const { db, bus, clock } = options;
  // What this instance has just written is known before the view has loaded it.
  const written = new Map<string, Breaker>();
  const local = new Map<string, LocalDecision>();
  let isDetached = false;
  const place = (row: BreakerRow) => placeAt(row, clock.monotonicMs());

  const view = await createLiveView<Breakers>({
    ...options,
    topic: 'breakers',
    async load() {
      const { seq, rows } = await loadBreakers(db);
      const loaded = new Map(rows.map((row) => [row.key, place(row)]));
      for (const [key, { revision }] of written) {
        if ((loaded.get(key)?.revision ?? 0) >= revision) written.delete(key);
      }
      return { seq, value: loaded };
    },
    readSeq: () => readBreakersSeq(db),
    isNews: ({ key, seq }, loaded) =>
      seq > Math.max(loaded.get(key)?.revision ?? 0, written.get(key)?.revision ?? 0),
    pollMs: BOARD_POLL_MS,
  });

  /** The newest that the database is known to have said. */
  function latest(key: string): Breaker | undefined {
    const loaded = view.current().get(key);
    const own = written.size === 0 ? undefined : written.get(key);
    return own !== undefined && own.revision > (loaded?.revision ?? 0) ? own : loaded;
  }

  const find = (key: string) => (local.size === 0 ? undefined : local.get(key)?.breaker) ?? latest(key);

  return {
    find,
    breakerOf: (key) => find(key) ?? untouched(key),
    known() {
      const keys = new Set([...view.current().keys(), ...written.keys(), ...local.keys()]);
      return [...keys].flatMap((key) => find(key) ?? []);
    },
    applyWrites(writes) {
      for (const { row, transition } of writes) {
        const before = latest(row.key) ?? untouched(row.key);
        const breaker = place(row);
        if (breaker.revision > before.revision) written.set(row.key, breaker);
        if (transition !== null || concernsOthers(before, breaker)) {
          bus.publish({ topic: 'breakers', key: row.key, seq: row.revision });
        }
        if (transition !== null) bus.publish({ topic: 'transitions', key: row.key, seq: transition.seq });
      }
    },
    refresh: () => view.refresh(),
    isDetached: () => isDetached,
    detach: () => void (isDetached = true),
    decideLocally(step) {
      const { key, revision } = step.breaker;
      if (revision === (find(key)?.revision ?? 0)) return;
      const decidedFrom = local.get(key)?.decidedFrom ?? (latest(key) ?? untouched(key)).generation;
      const history = historyAfter(step, (at) => Math.round(at - clock.monotonicMs() + clock.now()));
      local.set(key, { breaker: { ...step.breaker, history }, decidedFrom });
    },
    localDecisions: () => [...local.values()],
    reattach() {
      local.clear();
      isDetached = false;
    },
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
}

/** Whether a write without a transition is worth telling: of a streak, others need to know only that there is one. */
function concernsOthers(before: Breaker, after: Breaker): boolean {
  if (before.phase.state !== 'CLOSED' || after.phase.state !== 'CLOSED') return true;
  return (before.phase.failures.length === 0) !== (after.phase.failures.length === 0);
}
