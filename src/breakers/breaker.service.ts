import type { Database } from '../storage/database.ts';
import type { Bus } from '../events/bus.ts';
import type { Losses } from '../events/losses.service.ts';
import { answerLimitMs } from '../storage/answer-limit.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { createClearing, type Clearing } from './board/clearing.service.ts';
import { createBreakerBoard, type BreakerBoard } from './board/board.service.ts';
import { createListeners } from './breaker-listeners.service.ts';
import { viewBreaker, type BreakerView } from './breaker-view.ts';
import { createBreakerControls, type BreakerControls } from './control.service.ts';
import { recoveredAtOf, type Breaker, type BreakerRule, type BreakerSignal } from './rule/breaker.ts';
import { isModeOver } from './rule/mode.ts';
import { admissionOf, isBeingProbed, mayProbe } from './rule/admission-of.ts';
import { createOutcomeWriter, type OutcomeWriter } from './board/outcome-writer.service.ts';
import { createProbeClaims } from './board/probe-claims.service.ts';
import { breakerTable } from './table/breaker.store.ts';
import { createTransitionLog } from './transitions/transition-log.service.ts';
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
  /** Whose call it is; absent or null: nobody's. */
  readonly tenantId?: string | null;
  /** A prompt of our own, which says nothing of any tenant. */
  readonly isOwn?: boolean;
}

/** Leave to call; `settle` exactly once. It never throws and never waits. */
export interface BreakerPermit {
  readonly admitted: true;
  /**
   * When the breaker that has let it through had closed last, by the database's clock; null: it never was open. Absent:
   * it is the probe, or an operator has forced the breaker closed.
   */
  readonly recoveredAt?: number | null;
  /** It is the one call that tries a model whose breaker was open: its success closes it. Absent: it is not. */
  readonly isProbe?: true;
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
  /** Visits the key of every model whose breaker may not admit every call; some twice. */
  eachKnown(visit: (key: string) => void): void;
  /** Whether a model's breaker keeps calls away, all or all but one that tries. */
  isShut(key: string): boolean;
  /** Whether a model's breaker waits for a call that tries the model. */
  isProbeDue(key: string): boolean;
  /** Has the listener called, as long as this lives, when a breaker may have changed and this instance knows how. */
  onChange(listener: (key: string) => void): void;
  /**
   * Has the listener called, as long as this lives, when a call with a prompt of our own is wanted at once: it would find
   * out whether a breaker that one tenant's calls have opened keeps others from a model that is well.
   */
  onProbeWanted(listener: (key: string) => void): void;
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
  readonly losses?: Pick<Losses, 'report'>;
  /** Whether something beside users' calls probes this model: then those are not the probe while anything else can serve. */
  readonly hasProber: (key: string) => boolean;
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
  const parts = { ...options, db: database.prisma, limitMs: () => answerLimitMs(database) };
  const isShut = (key: string) => verdictOf(board.find(key), clock) !== 'admit';
  const { tell: onTransition } = createTransitionLog({ ...options, isShut });
  const table = breakerTable(database.prisma);
  const board: BreakerBoard = stack.use(await createBreakerBoard({ ...parts, table, onTransition }));
  const writer = createOutcomeWriter({ ...parts, board });
  const probes = createProbeClaims({ ...parts, board });
  stack.use(startUpkeep({ ...parts, board }));
  const settled = async () => {
    await writer.settled();
    await probes.settled();
  };
  stack.defer(settled);

  const clearing = stack.use(createClearing({ ...parts, board }));
  const permit = (
    call: BreakerCall,
    generation: number,
    recoveredAt: number | null = null,
  ): BreakerPermit => ({
    admitted: true,
    recoveredAt,
    settle: (signal) => settleWith({ writer, clearing }, call, generation, signal),
  });
  const refusal = (key: string) => refusalBy(board.breakerOf(key), clock.monotonicMs());

  const mayClear = ({ key, isOwn }: BreakerCall) =>
    isOwn === true && !probes.isClaiming(key) && clearing.mayClear(key);

  async function probe(
    { key, attemptMs, endsWithinMs = attemptMs }: BreakerCall,
    isToClear = false,
  ): Promise<BreakerPermit | BreakerRefusal> {
    const won = await probes.claim(key, endsWithinMs, isToClear);
    return won === null ? refusal(key) : { admitted: true, isProbe: true, settle: won.settle };
  }

  const listeners = stack.use(await createListeners(bus, board));
  listeners.add(clearing.consider);
  const owned = stack.move();
  return {
    viewOf: (key) => viewBreaker(board.breakerOf(key), clock.monotonicMs(), clock.now()),
    controls: createBreakerControls({ ...parts, board }),
    admit(call) {
      const breaker = board.find(call.key);
      if (breaker === undefined) return permit(call, 0);
      const verdict = admissionOf(breaker, clock.monotonicMs());
      switch (verdict.kind) {
        case 'admit':
          return isForcedClosed(breaker, clock)
            ? unrecorded
            : permit(call, verdict.generation, recoveredAtOf(breaker.history));
        case 'refuse':
          return mayClear(call) ? probe(call, true) : refusal(call.key);
        case 'probe_due':
          if (probes.isClaiming(call.key)) return refusal(call.key);
          if (canProbe(call, rule)) return probe(call);
          // Where there is a prober, it comes by itself.
          return {
            admitted: false,
            retryAfterMs: LOST_PROBE_RETRY_MS,
            ...(hasProber(call.key) ? {} : wanted),
          };
      }
    },
    retryAfterMsOf(key, endlessMs) {
      const breaker = board.find(key);
      if (breaker === undefined) return null;
      const verdict = admissionOf(breaker, clock.monotonicMs());
      if (verdict.kind === 'refuse') return Math.ceil(verdict.retryAfterMs ?? endlessMs);
      return verdict.kind === 'probe_due' && hasProber(key) ? 0 : null;
    },
    ...{ isShut, eachKnown: board.eachKnown },
    isProbeDue: (key) => verdictOf(board.find(key), clock) === 'probe_due',
    onChange: listeners.add,
    onProbeWanted: clearing.onWanted,
    refresh: () => board.refresh(),
    isAway: () => board.isAway(),
    settled,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function isForcedClosed({ control }: Breaker, clock: Clock): boolean {
  return control.mode === 'FORCED_CLOSED' && !isModeOver(control, clock.monotonicMs());
}

function canProbe({ attemptMs, isWhole, expectedMs }: BreakerCall, rule: BreakerRule): boolean {
  return isWhole || mayProbe(attemptMs, expectedMs, rule);
}

function verdictOf(breaker: Breaker | undefined, clock: Clock) {
  return breaker === undefined ? 'admit' : admissionOf(breaker, clock.monotonicMs()).kind;
}

/** Tells of an ordinary call's end. */
function settleWith(
  { writer, clearing }: { readonly writer: OutcomeWriter; readonly clearing: Clearing },
  { key, tenantId = null }: BreakerCall,
  generation: number,
  signal: BreakerSignal,
): void {
  if (signal === 'neutral') return;
  if (signal === 'success' && tenantId !== null) clearing.noteAnswer(key, tenantId);
  writer.record(key, generation, signal, tenantId);
}

function refusalBy(breaker: Breaker, now: number): BreakerRefusal {
  const verdict = admissionOf(breaker, now);
  const retryAfterMs = verdict.kind === 'refuse' ? verdict.retryAfterMs : LOST_PROBE_RETRY_MS;
  const isProbed = verdict.kind !== 'refuse' || isBeingProbed(breaker, now);
  return { admitted: false, retryAfterMs, ...(isProbed ? { probe: 'under_way' as const } : {}) };
}
