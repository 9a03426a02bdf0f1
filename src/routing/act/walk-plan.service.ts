import { attemptLimitMs, attemptTimeMs, fullAnswerMs } from '../../calls/attempt-time.ts';
import type { Attempt } from '../../calls/call.ts';
import type { CallOutcome, GuardedInput } from '../../calls/guarded-call.ts';
import type { ProviderFailure } from '../../providers/failure.ts';
import type { Clock } from '../../system/clock.ts';
import type { Random } from '../../system/random.ts';
import type { Timers } from '../../system/timers.ts';
import { endAfter, soonerOf, toAttempt, toProviderRequest } from './execution.ts';
import type { CallEnd, Execution } from './execution.ts';
import type { RoutedCall } from './routed-call.ts';
import type { RankedCandidate } from '../plan/plan.ts';
import { atOnce, recovery, soonestOf, type Limited, type Rest } from '../plan/rest.ts';
import type { Turn, WaitingRoom } from './waiting-room.service.ts';
import { afterFailure, afterRefusal, beginWalk, isLastAttempt, onceMore, type Walk } from './walk.ts';

/** The longest pause before the same model is tried again; the pause is uniform up to it ("full jitter"). */
const retryBackoffMs = 250;

/** What walking a plan stands on. */
export interface WalkDependencies {
  readonly waitingRoom: Pick<WaitingRoom, 'enter' | 'waitMsOf'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** The base of an attempt's limit, milliseconds. */
  readonly attemptBaseMs: number;
}

/** The attempt to be made next. */
export interface NextAttempt extends GuardedInput {
  readonly position: number;
  readonly ranked: RankedCandidate;
}

/** Makes one attempt, whole or as a stream; never rejects. */
export type AttemptMaker = (next: NextAttempt) => Promise<CallOutcome>;

/** Walks a plan, attempt by attempt, until one is answered or nothing is left. Never changes its ranking. */
export async function walkPlan(
  call: RoutedCall,
  attempt: AttemptMaker,
  dependencies: WalkDependencies,
): Promise<Execution> {
  const { plan, policy } = call;
  const attempts: Attempt[] = [];
  let walk: Walk | undefined = beginWalk(plan.ranked, policy.fallbackEnabled, plan.maxAttempts);
  let rest: Rest = recovery(plan.ranked[0]?.notBeforeMs ?? null);
  let retryAfterMs: number | null = rest.kind === 'none' ? null : rest.ms;
  let end: CallEnd = { kind: 'none_admitted', retryAfterMs };
  let soonest: RankedCandidate | undefined;
  const limited: Limited[] = [];
  while (walk !== undefined) {
    const ranked: RankedCandidate | undefined = walk.candidates[0];
    if (ranked === undefined) break;
    const ready = await waitFor(rest, ranked.candidate.key, call, dependencies);
    if (ready === 'full') break;
    if ('kind' in ready) return { attempts, end: ready };
    using _turn = ready;
    // What was waited for is over: what is refused now tells anew for how long.
    if (rest.kind === 'recovery') retryAfterMs = null;
    rest = atOnce;
    const position = attempts.length + 1;
    const outcome = await attempt(nextAttempt(call, walk, { ranked, position }, dependencies));
    if (outcome.kind === 'refused') {
      retryAfterMs = soonerOf(retryAfterMs, outcome.refusal.retryAfterMs);
      end = telling(end, retryAfterMs);
      if (retryAfterMs !== null && retryAfterMs === outcome.refusal.retryAfterMs) soonest = ranked;
      walk = afterRefusal(walk);
      if (walk.candidates.length > 0 || attempts.length > 0) continue;
      // Nobody admits the call now: it waits for the first who will, if that is in time.
      rest = recoveryInTime(retryAfterMs, call, dependencies);
      if (rest.kind === 'none' || soonest === undefined) break;
      walk = { ...walk, candidates: [soonest] };
      continue;
    }
    attempts.push(toAttempt(position, ranked, outcome));
    if (outcome.kind === 'answered') {
      return {
        attempts,
        end: { kind: 'answered', answer: outcome.answer, modelKey: ranked.candidate.key },
      };
    }
    retryAfterMs = soonerOf(retryAfterMs, outcome.failure.retryAfterMs ?? null);
    end = endAfter(outcome.failure, retryAfterMs);
    if (outcome.failure.failureClass === 'RATE_LIMITED') {
      const pauseMs = outcome.failure.retryAfterMs ?? 0;
      limited.push({ ranked, readyMs: dependencies.clock.monotonicMs() + pauseMs });
    }
    [walk, rest] = goOn(walk, { ...outcome, limited }, call, dependencies);
  }
  return { attempts, end };
}

/** The end as far as it is known, with the shortest wait that anybody has told of. */
function telling(end: CallEnd, retryAfterMs: number | null): CallEnd {
  return end.kind === 'none_admitted' || end.kind === 'exhausted' ? { ...end, retryAfterMs } : end;
}

/** Where the walk goes after a failure, and what it waits for first. */
function goOn(
  walk: Walk,
  {
    failure,
    verdict,
    limited,
  }: Extract<CallOutcome, { kind: 'failed' }> & { readonly limited: readonly Limited[] },
  call: RoutedCall,
  dependencies: WalkDependencies,
): [Walk | undefined, Rest] {
  const next = afterFailure(walk, verdict);
  if (next === undefined && verdict.next !== 'stop' && failure.failureClass === 'RATE_LIMITED') {
    // There is nobody else: the caller is better served by waiting than by being told to wait.
    const again = onceMore(walk);
    const { clock, waitingRoom } = dependencies;
    const soonest = soonestOf(limited, clock.monotonicMs(), waitingRoom.waitMsOf);
    if (again === undefined || soonest === undefined) return [undefined, atOnce];
    const { ranked, waitMs } = soonest;
    const rest = recoveryInTime(waitMs, call, dependencies);
    if (rest.kind !== 'recovery') return [undefined, atOnce];
    return [
      { ...again, candidates: [ranked] },
      { ...rest, floorMs: waitMs },
    ];
  }
  if (next?.retried !== true) return [next, atOnce];
  const ms = retryPauseMs(failure, dependencies.random);
  if (ms < remainingMs(call, dependencies.clock)) return [next, { kind: 'backoff', ms }];
  // A provider that asks for more time than there is will not be called again: the next one is.
  return [afterRefusal(next), atOnce];
}

/** Waiting for a recovery of which it is known that it comes within the caller's time. */
function recoveryInTime(waitMs: number | null, call: RoutedCall, { clock }: WalkDependencies): Rest {
  const rest = recovery(waitMs);
  return rest.kind !== 'none' && rest.ms < remainingMs(call, clock) ? rest : atOnce;
}

const noTurn: Turn = { [Symbol.dispose]: () => {} };

/** Waits; says how the call ended when its time or its caller ran out instead, `full` when too many wait already. */
async function waitFor(
  rest: Rest,
  key: string,
  call: RoutedCall,
  { waitingRoom, clock, timers }: WalkDependencies,
): Promise<Turn | CallEnd | 'full'> {
  if (call.signal.aborted) return { kind: 'cancelled' };
  const remaining = remainingMs(call, clock);
  if (remaining <= (rest.kind === 'none' ? 0 : rest.ms)) return { kind: 'deadline' };
  if (rest.kind === 'none') return noTurn;
  const deadline = new AbortController();
  const signal = AbortSignal.any([call.signal, deadline.signal]);
  using _ = timers.after(remaining, () => deadline.abort());
  try {
    if (rest.kind === 'recovery') return (await waitingRoom.enter(key, rest.floorMs, signal)) ?? 'full';
    await timers.wait(rest.ms, signal);
    return noTurn;
  } catch (error) {
    if (call.signal.aborted) return { kind: 'cancelled' };
    if (deadline.signal.aborted) return { kind: 'deadline' };
    throw error;
  }
}

function nextAttempt(
  call: RoutedCall,
  walk: Walk,
  { ranked, position }: { ranked: RankedCandidate; position: number },
  { clock, attemptBaseMs }: WalkDependencies,
): NextAttempt {
  const { candidate, estimates } = ranked;
  const { request, planInput, decisionId } = call;
  const { providerSlug, modelSlug, key } = candidate;
  const named = { providerSlug, modelSlug, key };
  const attemptId = `${decisionId}.${position}`;
  const ownMs = attemptLimitMs(candidate, estimates.outputBudgetTokens, attemptBaseMs);
  const remaining = remainingMs(call, clock);
  const isLast = isLastAttempt(walk);
  const timeoutMs = attemptTimeMs(ownMs, remaining, isLast);
  const isWhole = timeoutMs >= ownMs;
  const estimatedTokens = planInput.request.estimatedInputTokens + estimates.outputBudgetTokens;
  return {
    position,
    ranked,
    target: { ...named, attemptId, timeoutMs, isWhole, estimatedTokens, expectedMs: estimates.latencyMs },
    connection: call.catalog.connection(providerSlug),
    request: toProviderRequest(request, ranked),
    limit: isWhole ? 'own' : isLast ? 'deadline' : 'share',
    fullAnswerMs: fullAnswerMs(candidate, estimates.outputBudgetTokens),
    signal: call.signal,
  };
}

function retryPauseMs({ retryAfterMs }: ProviderFailure, random: Random): number {
  return retryAfterMs ?? random.next() * retryBackoffMs;
}

function remainingMs({ deadlineMs }: RoutedCall, clock: Clock): number {
  return deadlineMs - clock.monotonicMs();
}
