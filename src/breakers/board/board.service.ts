import type { Bus } from '../../events/bus.ts';
import { createLiveView } from '../../events/live-view.service.ts';
import type { Losses } from '../../events/losses.service.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import { placeAt, type BreakerRow, type BreakerWrite } from '../table/breaker-row.ts';
import type { BreakerTable } from '../table/breaker.store.ts';
import { untouched, type Breaker, type Transition } from '../rule/breaker.ts';
import { historyAfter, type Step } from '../rule/step.ts';

/** How often an instance asks whether breakers have changed, for changes of which no event arrived. */
export const BOARD_POLL_MS = 2_000;

/**
 * What this instance knows of every breaker; instants are of its monotonic clock. No event and no write of its own moves
 * it back, but what it reads of the table always counts: a breaker is older there, or gone, when the database is a copy
 * that lacks the last changes.
 */
export interface BreakerBoard extends AsyncDisposable {
  /** Undefined: nothing has ever been written of this model's breaker. Neither waits nor fails. */
  find(key: string): Breaker | undefined;
  /** The same, with an untouched breaker where there is none. */
  breakerOf(key: string): Breaker;
  /** Those that have ever been written, by this instance alone included. */
  known(): readonly Breaker[];
  /** Visits the key of each of them; some twice. */
  eachKnown(visit: (key: string) => void): void;
  /** Takes over what a write of this instance's has made of breakers, and publishes what concerns others. */
  applyWrites(writes: readonly BreakerWrite[]): void;
  /** Resolves when the board knows everything committed before the call. Never rejects. */
  refresh(): Promise<void>;
  /** Whether the last look at the table failed. */
  isAway(): boolean;
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
  /**
   * The database's generation when the first of these decisions was made, which the breaker's own runs ahead of; the
   * present one, where the table has gone back behind that since.
   */
  readonly decidedFrom: number;
}

export interface BoardOptions {
  /** Is told of every transition that this instance makes, or decides on alone. */
  readonly onTransition?: (key: string, transition: Transition, isAlone: boolean) => void;
  readonly table: BreakerTable;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Hears that the table lacks what was known of it. */
  readonly losses?: Pick<Losses, 'report'>;
}

type Breakers = ReadonlyMap<string, Breaker>;

/** What a write of this instance's has made of a breaker, and how many looks at the table had begun by then. */
interface Written {
  readonly breaker: Breaker;
  readonly looksBegun: number;
}

/** Loads the board; rejects when the database is away. */
export async function createBreakerBoard(options: BoardOptions): Promise<BreakerBoard> {
  const { table, bus, clock, onTransition = () => undefined } = options;
  // What this instance has just written is known before the view has looked at the table again.
  const written = new Map<string, Written>();
  const local = new Map<string, LocalDecision>();
  let isDetached = false;
  const place = (row: BreakerRow) => placeAt(row, clock.monotonicMs());
  const view = await createLiveView<Breakers>({
    ...options,
    topic: 'breakers',
    async load() {
      const { version, rows } = await table.load();
      return { version, value: new Map(rows.map((row) => [row.key, place(row)])) };
    },
    readVersion: () => table.readVersion(),
    isNews: ({ key, seq }, copy) => seq > revisionOf(written.size === 0 ? copy.get(key) : latest(key)),
    hasLost(found, copy) {
      const known = [...(found === copy ? [] : copy.values()), ...takeSeen()];
      return known.some(({ key, revision }) => revisionOf(found.get(key)) < revision);
    },
    pollMs: BOARD_POLL_MS,
  });

  /** Own writes that the present look has seen, unless the database has lost them: they are its to tell from now on. */
  function takeSeen(): readonly Breaker[] {
    const seen = [...written.values()].filter(({ looksBegun }) => looksBegun < view.looksBegun());
    return seen.map(({ breaker }) => {
      written.delete(breaker.key);
      return breaker;
    });
  }

  /** The newest that the database is known to have said. */
  function latest(key: string): Breaker | undefined {
    const loaded = view.current().get(key);
    const own = written.size === 0 ? undefined : written.get(key)?.breaker;
    return own !== undefined && own.revision > revisionOf(loaded) ? own : loaded;
  }

  const find = (key: string) => (local.size === 0 ? undefined : local.get(key)?.breaker) ?? latest(key);

  const keys = () => [...view.current().keys(), ...written.keys(), ...local.keys()];
  return {
    find,
    breakerOf: (key) => find(key) ?? untouched(key),
    eachKnown: (visit) => keys().forEach((key) => visit(key)),
    known: () => [...new Set(keys())].flatMap((key) => find(key) ?? []),
    applyWrites(writes) {
      for (const { row, transition } of writes) {
        const before = latest(row.key) ?? untouched(row.key);
        const breaker = place(row);
        if (breaker.revision > before.revision) {
          written.set(row.key, { breaker, looksBegun: view.looksBegun() });
        } else if (breaker.revision < before.revision) void view.refresh();
        if (transition !== null || concernsOthers(before, breaker)) {
          bus.publish({ topic: 'breakers', key: row.key, seq: row.revision });
        }
        if (transition === null) continue;
        bus.publish({ topic: 'transitions', key: row.key, seq: transition.seq });
        onTransition(row.key, transition, false);
      }
    },
    refresh: () => view.refresh(),
    isAway: () => view.isAway(),
    isDetached: () => isDetached,
    detach: () => void (isDetached = true),
    decideLocally(step) {
      const { key, revision } = step.breaker;
      if (revision === revisionOf(find(key))) return;
      const decidedFrom = local.get(key)?.decidedFrom ?? (latest(key) ?? untouched(key)).generation;
      const history = historyAfter(step, (at) => Math.round(at - clock.monotonicMs() + clock.now()));
      local.set(key, { breaker: { ...step.breaker, history }, decidedFrom });
      if (step.transition !== null) onTransition(key, step.transition, true);
    },
    localDecisions: () =>
      [...local.values()].map(({ breaker, decidedFrom }) => {
        const present = (latest(breaker.key) ?? untouched(breaker.key)).generation;
        return { breaker, decidedFrom: Math.min(decidedFrom, present) };
      }),
    reattach() {
      local.clear();
      isDetached = false;
    },
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
}

function revisionOf(breaker: Breaker | undefined): number {
  return breaker?.revision ?? 0;
}

/** Whether a write without a transition is worth telling: of a streak, others need to know only that there is one. */
function concernsOthers(before: Breaker, after: Breaker): boolean {
  if (before.phase.state !== 'CLOSED' || after.phase.state !== 'CLOSED') return true;
  return (before.phase.failures.length === 0) !== (after.phase.failures.length === 0);
}
