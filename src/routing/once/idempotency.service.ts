import { answerLimitMs } from '../../storage/answer-limit.ts';
import { commitWithin } from '../../storage/commit-within.ts';
import type { Database } from '../../storage/database.ts';
import { reportFault } from '../../storage/outage/report-fault.ts';
import { orUnavailable } from '../../storage/storage-fault.ts';
import { within } from '../../storage/within.ts';
import type { Clock } from '../../system/clock.ts';
import { ConflictError, RETRY_SOON_MS, UnavailableError } from '../../system/expected-error.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import type { CallEnd } from '../act/execution.ts';
import type { CallKey, RoutedCall } from '../act/routed-call.ts';
import { toOutcome, type EndedCall } from '../record/call-end.ts';
import { loadDecision } from '../record/decision.store.ts';
import type { Decision } from '../record/decision.ts';
import { viewDecision } from '../record/decision-view.ts';
import type { KeySettlement } from '../record/key-settlement.ts';
import { settleKeys } from '../record/statement/ledger.store.ts';
import { claimKey, readKey } from './idempotency.store.ts';
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

/** What of a routed call matters to its key. */
export type KeyedCall = Pick<
  RoutedCall,
  'tenantId' | 'key' | 'decisionId' | 'deadlineMs' | 'signal' | 'abort'
>;

/** Sees to it that of all calls with one key, on however many instances, one is carried out. */
export interface Idempotency extends AsyncDisposable {
  /**
   * Carries the call out if it has no key or wins it; otherwise answers with what the call that did has come to.
   * Calls of this instance that wait share whatever it comes to; on other instances an end that leaves no result
   * lets one of those that wait take its turn. A call whose time ends while it waits is answered with a `deadline`
   * and the decision that it waited for. Throws ConflictError when the key belongs to another input, and
   * UnavailableError when the database is away. A call that runs on when the instance stops is aborted after a while.
   */
  once(call: KeyedCall, act: () => Promise<EndedCall>): Promise<EndedCall>;
  /** What is to be recorded about the key in one transaction with the call's completion; null: it has none. */
  settlementOf(call: KeyedCall, end: CallEnd): KeySettlement | null;
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

/** How long a call whose time has ended may ask what it waited for. */
const LAST_WORD_MS = 500;

const NOT_KEPT_MESSAGE =
  'The call with this idempotency key was carried out, and its result is not kept for repeats: it was too large, or could not be recorded.';

type Act = () => Promise<EndedCall>;

type WithKey = KeyedCall & { readonly key: CallKey };

function hasKey(call: KeyedCall): call is WithKey {
  return call.key !== null;
}

/** What the leader of an instance's calls with one key has come to. */
interface Result {
  readonly outcome: EndedCall;
  /** Its own time ended: followers may have some left. */
  readonly timedOut: boolean;
}

/**
 * Keeps keys in a database that all instances share. Within an instance one call with a key leads and asks for it;
 * the others follow and share its result.
 */
export function createIdempotency(dependencies: IdempotencyDependencies): Idempotency {
  const { clock, timers, retentionMs = RESULT_RETENTION_MS } = dependencies;
  const settlementOf = (call: KeyedCall, end: CallEnd) =>
    hasKey(call) ? settlement(call, encodeResult(end), retentionMs) : null;
  const resolve = createResolver({ ...dependencies, retentionMs });
  const leaders = new Map<string, { readonly call: KeyedCall; readonly result: Promise<Result> }>();
  return {
    settlementOf,
    async once(call, act) {
      if (!hasKey(call)) return act();
      const name = JSON.stringify([call.tenantId, call.key.name, call.key.inputSha256]);
      for (;;) {
        const leader = leaders.get(name);
        if (leader === undefined) {
          const result = resolve(call, act).finally(() => leaders.delete(name));
          leaders.set(name, { call, result });
          return (await result).outcome;
        }
        const { outcome, timedOut } = await leader.result;
        if (!timedOut || timeLeftMs(call, clock) === 0) return outcome;
      }
    },
    async [Symbol.asyncDispose]() {
      const running = [...leaders.values()];
      using _forced = timers.after(GRACE_MS, () => {
        for (const { call } of running)
          call.abort(new UnavailableError('This instance is stopping.', RETRY_SOON_MS));
      });
      await Promise.allSettled(running.map(({ result }) => result));
    },
  };
}

/** Follows the table of idempotency.ts, on behalf of all calls of this instance with the same key and input. */
function createResolver(dependencies: IdempotencyDependencies & { readonly retentionMs: number }) {
  const { database, clock, timers, log, retentionMs, leaseMarginMs = LEASE_MARGIN_MS } = dependencies;
  const db = database.prisma;

  /** However slow the database is, nobody waits for it much longer than the call has time. */
  function ask<T>(call: WithKey, work: () => Promise<T>): Promise<T> {
    const mostMs = Math.max(timeLeftMs(call, clock), LAST_WORD_MS);
    const limitMs = () => Math.min(answerLimitMs(database), mostMs);
    return orUnavailable(() => within({ timers, limitMs }, work));
  }

  // Committed only while the call still waits for it: a claim that comes through late would be nobody's.
  const claim = ({ tenantId, key, decisionId, deadlineMs }: WithKey): Promise<boolean> =>
    orUnavailable(() =>
      commitWithin({ database, timers, limitMs: () => answerLimitMs(database) }, (tx) => {
        const leaseMs = timeLeftMs({ deadlineMs }, clock) + leaseMarginMs;
        return claimKey(tx, { tenantId, key: key.name, inputSha256: key.inputSha256, decisionId, leaseMs });
      }),
    );

  async function perform(call: WithKey, act: Act): Promise<Result> {
    try {
      return { outcome: await act(), timedOut: false };
    } catch (error) {
      await settleKeys(db, [settlement(call, null, retentionMs)]).catch((err: unknown) =>
        reportFault(log, 'An idempotency key could not be freed: it is when its lease ends.', err),
      );
      throw error;
    }
  }

  /** Of the last holder that has recorded what it decided: one that has just taken the key over may not have yet. */
  async function loadLast(call: WithKey, holders: ReadonlySet<string>): Promise<Decision | null> {
    for (const decisionId of [...holders].reverse()) {
      const decision = await ask(call, () => loadDecision(db, decisionId));
      if (decision !== null) return decision;
    }
    return null;
  }

  return async (call: WithKey, act: Act): Promise<Result> => {
    const { tenantId, key, signal } = call;
    let step: KeyStep = { kind: 'claim' };
    const holders = new Set<string>();
    for (let pauses = 0; ;) {
      switch (step.kind) {
        case 'claim':
          if (await claim(call)) return perform(call, act);
          break;
        case 'wait':
          holders.add(step.holder.decisionId);
          await timers.wait(pauseMs(pauses++, timeLeftMs(call, clock)), signal);
          break;
        case 'conflict':
          throw new ConflictError('This idempotency key was used with another input.', null);
        case 'replay': {
          const { decisionId } = step;
          const end = decodeResult(step.result);
          if (end === null) throw new ConflictError(NOT_KEPT_MESSAGE, null);
          const decision = await ask(call, () => loadDecision(db, decisionId));
          if (decision === null) throw new Error('A result was kept whose decision was not');
          const outcome = toOutcome(viewDecision(decision), end);
          return { outcome, timedOut: false };
        }
        case 'give_up':
          holders.add(step.holder.decisionId);
          return { outcome: giveUp(await loadLast(call, holders), step.holder), timedOut: true };
      }
      const found = await ask(call, () => readKey(db, { tenantId, key: key.name }));
      step = nextStep(found, key.inputSha256, timeLeftMs(call, clock));
    }
  };
}

function timeLeftMs({ deadlineMs }: Pick<KeyedCall, 'deadlineMs'>, clock: Clock): number {
  return Math.max(0, deadlineMs - clock.monotonicMs());
}

function settlement(
  { tenantId, key, decisionId }: WithKey,
  result: string | null,
  retentionMs: number,
): KeySettlement {
  return { tenantId, key: key.name, decisionId, result, retentionMs };
}

/** A holder that died before it could record what it decided leaves nothing to show but the end of its lease. */
function giveUp(decision: Decision | null, holder: StoredKey): EndedCall {
  if (decision === null) {
    const message = 'The first call with this idempotency key was not heard of again.';
    throw new UnavailableError(message, Math.ceil(holder.remainingMs));
  }
  return { view: viewDecision(decision), end: { kind: 'deadline' } };
}
