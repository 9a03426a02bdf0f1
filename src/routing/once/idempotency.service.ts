import { answerLimitMs } from '../../storage/answer-limit.ts';
import { commitWithin } from '../../storage/commit-within.ts';
import type { Database } from '../../storage/database.ts';
import { orUnavailable } from '../../storage/storage-fault.ts';
import type { Clock } from '../../system/clock.ts';
import { ConflictError, UnavailableError } from '../../system/expected-error.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import { loadDecision } from '../record/decision.store.ts';
import type { Decision } from '../record/decision.ts';
import { viewDecision } from '../record/decision-view.ts';
import type { ExecutionEnd } from '../act/execution.ts';
import { claimKey, readKey, settleKeys, type KeyName } from './idempotency.store.ts';
import {
  decodeResult,
  encodeResult,
  LEASE_MARGIN_MS,
  nextStep,
  pauseMs,
  RESULT_RETENTION_MS,
  type KeyStep,
  type StoredKey,
} from './idempotency.ts';
import type { KeySettlement } from '../record/key-settlement.ts';
import { toOutcome, type RouteOutcome } from '../record/route-outcome.ts';

/** A routed call with an idempotency key. */
export interface KeyedCall extends KeyName {
  /** Of `canonicalInput`, lower-case hexadecimal. */
  readonly inputSha256: string;
  /** The decision that will be recorded if this call acts. */
  readonly decisionId: string;
  /** When the caller's whole time ends, on the monotonic clock. */
  readonly deadlineMs: number;
}

/** What a call that holds its key is carried out with. */
export interface KeyHold {
  /**
   * In the place of the caller's own: others may wait for the result, and a caller that went away may ask again,
   * so the call runs to its end, unless the instance stops.
   */
  readonly signal: AbortSignal;
  /** What is to be recorded about the key in one transaction with the call's completion. */
  settle(end: ExecutionEnd): KeySettlement;
}

/** Sees to it that of all calls with one key, on however many instances, one is carried out. */
export interface Idempotency extends AsyncDisposable {
  /**
   * Carries the call out if it wins its key; otherwise answers with what the call that did has come to. Calls of
   * this instance that wait share whatever it comes to; on other instances an end that leaves no result lets one
   * of those that wait take its turn. A call whose time ends while it waits is answered `deadline_exceeded` with
   * the decision that it waited for. Throws ConflictError when the key belongs to another input, and
   * UnavailableError when the database is away.
   */
  once(call: KeyedCall, act: (hold: KeyHold) => Promise<RouteOutcome>): Promise<RouteOutcome>;
}

export interface IdempotencyDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly leaseMarginMs?: number;
  readonly retentionMs?: number;
}

/** How long calls may still take once the instance stops: those that have a caller had their time before. */
const GRACE_MS = 5_000;

/** When a caller may try another instance. */
const RETRY_AFTER_MS = 1_000;

type Act = (hold: KeyHold) => Promise<RouteOutcome>;

/** What the one call of an instance that asks the database about a key has come to. */
interface Landing {
  readonly outcome: RouteOutcome;
  /** Its own time ended: others that wait may have some left. */
  readonly gaveUp: boolean;
}

interface Flight {
  readonly landing: Promise<Landing>;
  readonly stop: AbortController;
}

/** Keeps keys in a database that all instances share. Within an instance one call at a time asks for a key. */
export function createIdempotency(dependencies: IdempotencyDependencies): Idempotency {
  const { clock, timers } = dependencies;
  const lead = createLead(dependencies);
  const flights = new Map<string, Flight>();
  return {
    async once(call, act) {
      const name = JSON.stringify([call.tenantId, call.key, call.inputSha256]);
      for (;;) {
        const ahead = flights.get(name);
        if (ahead === undefined) {
          const stop = new AbortController();
          const landing = lead(call, act, stop.signal).finally(() => flights.delete(name));
          flights.set(name, { landing, stop });
          return (await landing).outcome;
        }
        const { outcome, gaveUp } = await ahead.landing;
        if (!gaveUp || timeLeftMs(call, clock) === 0) return outcome;
      }
    },
    async [Symbol.asyncDispose]() {
      const under = [...flights.values()];
      using _forced = timers.after(GRACE_MS, () => {
        for (const { stop } of under)
          stop.abort(new UnavailableError('This instance is stopping.', RETRY_AFTER_MS));
      });
      await Promise.allSettled(under.map(({ landing }) => landing));
    },
  };
}

type Lead = (call: KeyedCall, act: Act, signal: AbortSignal) => Promise<Landing>;

/** Follows the table of idempotency.ts, on behalf of all calls of this instance with the same key and input. */
function createLead(dependencies: IdempotencyDependencies): Lead {
  const { database, clock, timers, log } = dependencies;
  const { leaseMarginMs = LEASE_MARGIN_MS, retentionMs = RESULT_RETENTION_MS } = dependencies;
  const db = database.prisma;

  // Committed only while the call still waits for it: a claim that comes through late would be nobody's.
  const claim = (call: KeyedCall): Promise<boolean> =>
    orUnavailable(() =>
      commitWithin({ database, timers, limitMs: answerLimitMs(database) }, (tx) =>
        claimKey(tx, { ...call, leaseMs: timeLeftMs(call, clock) + leaseMarginMs }),
      ),
    );

  async function free(call: KeyedCall): Promise<void> {
    try {
      await settleKeys(db, [settlement(call, null, retentionMs)]);
    } catch (err) {
      log.warn('An idempotency key could not be freed: it is when its lease ends.', { err });
    }
  }

  async function perform(call: KeyedCall, act: Act, signal: AbortSignal): Promise<Landing> {
    try {
      const settle = (end: ExecutionEnd) => settlement(call, encodeResult(end), retentionMs);
      return { outcome: await act({ signal, settle }), gaveUp: false };
    } catch (error) {
      await free(call);
      throw error;
    }
  }

  /** Of the last holder that has recorded what it decided: one that has just taken the key over may not have yet. */
  async function loadLast(holders: ReadonlySet<string>): Promise<Decision | null> {
    for (const decisionId of [...holders].reverse()) {
      const decision = await orUnavailable(() => loadDecision(db, decisionId));
      if (decision !== null) return decision;
    }
    return null;
  }

  return async (call, act, signal) => {
    let step: KeyStep = { kind: 'claim' };
    const holders = new Set<string>();
    for (let pauses = 0; ;) {
      switch (step.kind) {
        case 'claim':
          if (await claim(call)) return perform(call, act, signal);
          break;
        case 'wait':
          holders.add(step.holder.decisionId);
          await timers.wait(pauseMs(pauses++, timeLeftMs(call, clock)), signal);
          break;
        case 'conflict':
          throw new ConflictError('This idempotency key was used with another input.', null);
        case 'replay': {
          const { decisionId } = step;
          const decision = await orUnavailable(() => loadDecision(db, decisionId));
          return { outcome: replay(decision, step.result), gaveUp: false };
        }
        case 'give_up':
          holders.add(step.holder.decisionId);
          return { outcome: giveUp(await loadLast(holders), step.holder), gaveUp: true };
      }
      const found = await orUnavailable(() => readKey(db, call));
      step = nextStep(found, call.inputSha256, timeLeftMs(call, clock));
    }
  };
}

function timeLeftMs({ deadlineMs }: KeyedCall, clock: Clock): number {
  return Math.max(0, deadlineMs - clock.monotonicMs());
}

function settlement(
  { tenantId, key, decisionId }: KeyedCall,
  result: string | null,
  retentionMs: number,
): KeySettlement {
  return { tenantId, key, decisionId, result, retentionMs };
}

function replay(decision: Decision | null, result: string): RouteOutcome {
  if (decision === null) throw new Error('A result was kept whose decision was not');
  return toOutcome(viewDecision(decision), { attempts: decision.attempts, end: decodeResult(result) });
}

/** A holder that died before it could record what it decided leaves nothing to show but the end of its lease. */
function giveUp(decision: Decision | null, holder: StoredKey): RouteOutcome {
  if (decision === null) {
    const message = 'The first call with this idempotency key was not heard of again.';
    throw new UnavailableError(message, Math.ceil(holder.remainingMs));
  }
  return toOutcome(viewDecision(decision), { attempts: decision.attempts, end: { kind: 'deadline' } });
}
