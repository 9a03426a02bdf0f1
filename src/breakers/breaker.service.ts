import type { Database } from '../storage/database.ts';
import type { Bus } from '../events/bus.ts';
import { answerLimitMs } from '../storage/answer-limit.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { createBreakerBoard, type BreakerBoard } from './board/board.service.ts';
import { viewBreaker, type BreakerView } from './breaker-view.ts';
import { createBreakerControls, type BreakerControls } from './control.service.ts';
import type { Breaker, BreakerRule, BreakerSignal } from './rule/breaker.ts';
import { isModeOver } from './rule/mode.ts';
import { admissionOf, isBeingProbed, mayProbe } from './rule/admission-of.ts';
import { createOutcomeWriter } from './board/outcome-writer.service.ts';
import { createProbeClaims } from './board/probe-claims.service.ts';
import { breakerTable } from './table/breaker.store.ts';
import { startUpkeep } from './board/upkeep.service.ts';

/** A call that asks for leave. */
export interface BreakerCall {
  readonly key: string;
  /** The most time it can take, milliseconds. */
  readonly attemptMs: number;
  /** How long until it ends at the latest, where that may be longer than `attemptMs`. */
  readonly endsWithinMs?: number | undefined;
  /** Whether it has the model's whole limit: however short that is, it can then find out how the model is. */
  readonly isWhole: boolean;
  /** What an answer of usual length is expected to take. */
  readonly expectedMs: number;
}

/** Leave to call; `settle` exactly once. It never throws and never waits. */
export interface BreakerPermit {
  readonly admitted: true;
  /** `retryAfterMs`: how long the provider asked to be left alone. */
  settle(signal: BreakerSignal, retryAfterMs: number | null): void;
}

/** Nothing may be sent; `retryAfterMs` tells when asking again may help, null: not before an operator says so. */
export interface BreakerRefusal {
  readonly admitted: false;
  readonly retryAfterMs: number | null;
  /**
   * `under_way`: a call tries the model at this moment, so that it may be back sooner than `retryAfterMs` says.
   * `wanted`: one that has more time than this call should. Absent: nobody may try yet.
   */
  readonly probe?: 'under_way' | 'wanted';
}

/** The fleet's breakers, as one instance stands guard with them. */
export interface Breakers extends AsyncDisposable {
  /**
   * Binding. Decides from memory; only the call that would be a model's probe waits, for the database to say
   * whether it is the one in the fleet.
   */
  admit(call: BreakerCall): BreakerPermit | BreakerRefusal | Promise<BreakerPermit | BreakerRefusal>;
  /**
   * What a plan is made from: null when a call would be admitted, 0 when the model is due for a probe that users'
   * calls should leave to the prober, else milliseconds; `endlessMs` when there is no end.
   */
  retryAfterMsOf(key: string, endlessMs: number): number | null;
  /** Whether a model's breaker keeps calls away, all or all but one that tries. */
  isShut(key: string): boolean;
  /** Has the listener called, as long as this lives, when a breaker may have changed and this instance knows how. */
  onChange(listener: (key: string) => void): void;
  /** A model's breaker as it stands, for people. */
  viewOf(key: string): BreakerView;
  /** What an operator may do. */
  readonly controls: BreakerControls;
  /** Resolves when `viewOf` knows everything committed before the call. Never rejects. */
  refresh(): Promise<void>;
  /** Whether the last such look at the table failed. */
  isAway(): boolean;
  /** Resolves when every outcome so far has taken effect. */
  settled(): Promise<void>;
}

export interface BreakersOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly catalog: () => CatalogView;
  readonly rule: BreakerRule;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** Whether something beside users' calls probes: then those are not the probe while anything else can serve. */
  readonly hasProber: () => boolean;
}

/** When a call that lost a probe to another may ask again, if the board cannot say. */
const LOST_PROBE_RETRY_MS = 1_000;

const wanted = { probe: 'wanted' } as const;

/** Records nothing: an operator has forced the breaker closed. */
const unrecorded: BreakerPermit = { admitted: true, settle: () => {} };

/** Loads the board; rejects when the database is away. */
export async function createBreakers(options: BreakersOptions): Promise<Breakers> {
  const { database, bus, rule, clock, hasProber } = options;
  await using stack = new AsyncDisposableStack();
  const parts = { ...options, db: database.prisma, limitMs: answerLimitMs(database) };
  const board = stack.use(await createBreakerBoard({ ...parts, table: breakerTable(database.prisma) }));
  const writer = createOutcomeWriter({ ...parts, board });
  const probes = createProbeClaims({ ...parts, board });
  stack.use(startUpkeep({ ...parts, board }));
  const settled = async () => {
    await writer.settled();
    await probes.settled();
  };
  stack.defer(settled);

  function permit(key: string, generation: number): BreakerPermit {
    return {
      admitted: true,
      settle: (signal) => {
        if (signal !== 'neutral') writer.record(key, generation, signal);
      },
    };
  }

  function refusal(key: string): BreakerRefusal {
    const breaker = board.breakerOf(key);
    const verdict = admissionOf(breaker, clock.monotonicMs());
    const retryAfterMs = verdict.kind === 'refuse' ? verdict.retryAfterMs : LOST_PROBE_RETRY_MS;
    const isProbed = verdict.kind !== 'refuse' || isBeingProbed(breaker, clock.monotonicMs());
    return { admitted: false, retryAfterMs, ...(isProbed ? { probe: 'under_way' as const } : {}) };
  }

  const isForcedClosed = ({ control }: Breaker) =>
    control.mode === 'FORCED_CLOSED' && !isModeOver(control, clock.monotonicMs());

  const canProbe = ({ attemptMs, isWhole, expectedMs }: BreakerCall) =>
    isWhole || mayProbe(attemptMs, expectedMs, rule);

  async function probe({
    key,
    attemptMs,
    endsWithinMs = attemptMs,
  }: BreakerCall): Promise<BreakerPermit | BreakerRefusal> {
    const won = await probes.claim(key, endsWithinMs);
    return won === null ? refusal(key) : { admitted: true, settle: won.settle };
  }

  const listeners = stack.use(await createListeners(bus, board));
  const owned = stack.move();
  return {
    viewOf: (key) => viewBreaker(board.breakerOf(key), clock.monotonicMs(), clock.now()),
    controls: createBreakerControls({ ...parts, board }),
    admit(call) {
      const breaker = board.find(call.key);
      if (breaker === undefined) return permit(call.key, 0);
      const verdict = admissionOf(breaker, clock.monotonicMs());
      switch (verdict.kind) {
        case 'admit':
          return isForcedClosed(breaker) ? unrecorded : permit(call.key, verdict.generation);
        case 'refuse':
          return refusal(call.key);
        case 'probe_due':
          if (probes.isClaiming(call.key)) return refusal(call.key);
          if (canProbe(call)) return probe(call);
          // Where there is a prober, it comes by itself.
          return { admitted: false, retryAfterMs: LOST_PROBE_RETRY_MS, ...(hasProber() ? {} : wanted) };
      }
    },
    retryAfterMsOf(key, endlessMs) {
      const breaker = board.find(key);
      if (breaker === undefined) return null;
      const verdict = admissionOf(breaker, clock.monotonicMs());
      if (verdict.kind === 'admit') return null;
      if (verdict.kind === 'refuse') return Math.ceil(verdict.retryAfterMs ?? endlessMs);
      return hasProber() ? 0 : null;
    },
    isShut(key) {
      const breaker = board.find(key);
      return breaker !== undefined && admissionOf(breaker, clock.monotonicMs()).kind !== 'admit';
    },
    onChange: listeners.add,
    refresh: () => board.refresh(),
    isAway: () => board.isAway(),
    settled,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Those who hear of changed breakers, once the board has the change. */
async function createListeners(
  bus: Bus,
  board: BreakerBoard,
): Promise<Disposable & { readonly add: Breakers['onChange'] }> {
  const listeners: ((key: string) => void)[] = [];
  const subscription = await bus.subscribe('breakers', async ({ key, seq }) => {
    if (board.breakerOf(key).revision < seq) await board.refresh();
    for (const listener of listeners) listener(key);
  });
  return {
    add: (listener) => void listeners.push(listener),
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
