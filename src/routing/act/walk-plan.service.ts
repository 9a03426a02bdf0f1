import { attemptLimitMs, attemptTimeMs, fullAnswerMs } from '../../calls/attempt-time.ts';
import type { Attempt } from '../../calls/call.ts';
import type { CallOutcome, GuardedInput } from '../../calls/guarded-call.ts';
import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { ProviderFailure } from '../../providers/failure.ts';
import type { Provider, ProviderFactory } from '../../providers/provider.ts';
import type { Clock } from '../../system/clock.ts';
import type { Random } from '../../system/random.ts';
import type { Timers } from '../../system/timers.ts';
import { endAfter, soonerOf, toAttempt, toProviderRequest } from './execution.ts';
import type { Execution, ExecutionEnd } from './execution.ts';
import type { PlannedRequest } from '../plan/planner.service.ts';
import type { RankedCandidate } from '../plan/plan.ts';
import { atOnce, recovery, soonestOf, type Limited, type Rest } from '../plan/rest.ts';
import type { Turn, WaitingRoom } from './waiting-room.service.ts';
import { afterFailure, afterRefusal, beginWalk, isLastAttempt, onceMore, type Walk } from './walk.ts';

/** The longest pause before the same model is tried again; the pause is uniform up to it ("full jitter"). */
const retryBackoffMs = 250;

/** A plan to be carried out. */
export interface ExecutionOrder {
  readonly planned: PlannedRequest;
  /** The catalog that the plan was made from. */
  readonly catalog: CatalogView;
  /** When the caller's whole time ends, on the monotonic clock. */
  readonly deadlineMs: number;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** What walking a plan stands on. */
export interface WalkDependencies {
  readonly providers: ProviderFactory;
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
  readonly provider: Provider;
}

/** Makes one attempt, whole or as a stream; never rejects. */
export type AttemptMaker = (next: NextAttempt) => Promise<CallOutcome>;

/** Walks a plan, attempt by attempt, until one is answered or nothing is left. Never changes its ranking. */
export async function walkPlan(
  order: ExecutionOrder,
  attempt: AttemptMaker,
  dependencies: WalkDependencies,
): Promise<Execution> {
  const { plan, policy } = order.planned;
  const attempts: Attempt[] = [];
  let walk: Walk | undefined = beginWalk(plan.ranked, policy.fallbackEnabled, plan.maxAttempts);
  let rest: Rest = recovery(plan.ranked[0]?.notBeforeMs ?? null);
  let retryAfterMs: number | null = rest.kind === 'none' ? null : rest.ms;
  let end: ExecutionEnd = { kind: 'none_admitted', retryAfterMs };
  let soonest: RankedCandidate | undefined;
  const limited: Limited[] = [];
  while (walk !== undefined) {
    const ranked: RankedCandidate | undefined = walk.candidates[0];
    if (ranked === undefined) break;
    const ready = await waitFor(rest, ranked.candidate.key, order, dependencies);
    if (ready === 'full') break;
    if ('kind' in ready) return { attempts, end: ready };
    using _turn = ready;
    // What was waited for is over: what is refused now tells anew for how long.
    if (rest.kind === 'recovery') retryAfterMs = null;
    rest = atOnce;
    const position = attempts.length + 1;
    const outcome = await attempt(nextAttempt(order, walk, { ranked, position }, dependencies));
    if (outcome.kind === 'refused') {
      retryAfterMs = soonerOf(retryAfterMs, outcome.refusal.retryAfterMs);
      end = telling(end, retryAfterMs);
      if (retryAfterMs !== null && retryAfterMs === outcome.refusal.retryAfterMs) soonest = ranked;
      walk = afterRefusal(walk);
      if (walk.candidates.length > 0 || attempts.length > 0) continue;
      // Nobody admits the call now: it waits for the first who will, if that is in time.
      rest = recoveryInTime(retryAfterMs, order, dependencies);
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
    [walk, rest] = goOn(walk, { ...outcome, limited }, order, dependencies);
  }
  return { attempts, end };
}

/** The end as far as it is known, with the shortest wait that anybody has told of. */
function telling(end: ExecutionEnd, retryAfterMs: number | null): ExecutionEnd {
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
  order: ExecutionOrder,
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
    const rest = recoveryInTime(waitMs, order, dependencies);
    if (rest.kind !== 'recovery') return [undefined, atOnce];
    return [
      { ...again, candidates: [ranked] },
      { ...rest, floorMs: waitMs },
    ];
  }
  if (next?.retried !== true) return [next, atOnce];
  const ms = retryPauseMs(failure, dependencies.random);
  if (ms < remainingMs(order, dependencies.clock)) return [next, { kind: 'backoff', ms }];
  // A provider that asks for more time than there is will not be called again: the next one is.
  return [afterRefusal(next), atOnce];
}

/** Waiting for a recovery of which it is known that it comes within the caller's time. */
function recoveryInTime(waitMs: number | null, order: ExecutionOrder, { clock }: WalkDependencies): Rest {
  const rest = recovery(waitMs);
  return rest.kind !== 'none' && rest.ms < remainingMs(order, clock) ? rest : atOnce;
}

const noTurn: Turn = { [Symbol.dispose]: () => {} };

/** Waits; says how the call ended when its time or its caller ran out instead, `full` when too many wait already. */
async function waitFor(
  rest: Rest,
  key: string,
  order: ExecutionOrder,
  { waitingRoom, clock, timers }: WalkDependencies,
): Promise<Turn | ExecutionEnd | 'full'> {
  if (order.signal.aborted) return { kind: 'cancelled' };
  const remaining = remainingMs(order, clock);
  if (remaining <= (rest.kind === 'none' ? 0 : rest.ms)) return { kind: 'deadline' };
  if (rest.kind === 'none') return noTurn;
  const deadline = new AbortController();
  const signal = AbortSignal.any([order.signal, deadline.signal]);
  using _ = timers.after(remaining, () => deadline.abort());
  try {
    if (rest.kind === 'recovery') return (await waitingRoom.enter(key, rest.floorMs, signal)) ?? 'full';
    await timers.wait(rest.ms, signal);
    return noTurn;
  } catch (error) {
    if (order.signal.aborted) return { kind: 'cancelled' };
    if (deadline.signal.aborted) return { kind: 'deadline' };
    throw error;
  }
}

function nextAttempt(
  order: ExecutionOrder,
  walk: Walk,
  { ranked, position }: { ranked: RankedCandidate; position: number },
  { providers, clock, attemptBaseMs }: WalkDependencies,
): NextAttempt {
  const { candidate, estimates } = ranked;
  const { request, planInput, decisionId } = order.planned;
  const { providerSlug, modelSlug, key } = candidate;
  const named = { providerSlug, modelSlug, key };
  const attemptId = `${decisionId}.${position}`;
  const ownMs = attemptLimitMs(candidate, estimates.outputBudgetTokens, attemptBaseMs);
  const remaining = remainingMs(order, clock);
  const isLast = isLastAttempt(walk);
  const timeoutMs = attemptTimeMs(ownMs, remaining, isLast);
  const isWhole = timeoutMs >= ownMs;
  const estimatedTokens = planInput.request.estimatedInputTokens + estimates.outputBudgetTokens;
  return {
    position,
    ranked,
    target: { ...named, attemptId, timeoutMs, isWhole, estimatedTokens, expectedMs: estimates.latencyMs },
    provider: connect(order.catalog, providerSlug, providers),
    request: toProviderRequest(request, ranked),
    limit: isWhole ? 'own' : isLast ? 'deadline' : 'share',
    fullAnswerMs: fullAnswerMs(candidate, estimates.outputBudgetTokens),
    signal: order.signal,
  };
}

/** A provider that is made ready within its first call, so that a failure to do so is that call's failure. */
function connect(catalog: CatalogView, providerSlug: string, providers: ProviderFactory): Provider {
  async function ready(): Promise<Provider> {
    const connection = catalog.connection(providerSlug);
    if (connection === undefined) throw new Error(`The plan names ${providerSlug}, the catalog does not.`);
    return providers.provider(connection);
  }
  return {
    call: async (request, signal) => (await ready()).call(request, signal),
    async *stream(request, signal) {
      yield* (await ready()).stream(request, signal);
    },
  };
}

function retryPauseMs({ retryAfterMs }: ProviderFailure, random: Random): number {
  return retryAfterMs ?? random.next() * retryBackoffMs;
}

function remainingMs({ deadlineMs }: ExecutionOrder, clock: Clock): number {
  return deadlineMs - clock.monotonicMs();
}
