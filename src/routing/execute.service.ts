import type { Attempt } from '../calls/call.ts';
import type { CallOutcome, GuardedCall } from '../calls/guarded-call.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { ProviderFailure } from '../providers/failure.ts';
import type { Provider, ProviderFactory } from '../providers/provider.ts';
import type { Clock } from '../system/clock.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { attemptLimitMs, attemptTimeMs, expectedMs } from './attempt-time.ts';
import { endAfter, soonerOf, toAttempt, toProviderRequest } from './execution.ts';
import type { Execution, ExecutionEnd } from './execution.ts';
import type { PlannedRequest } from './planner.service.ts';
import type { RankedCandidate } from './plan.ts';
import { afterFailure, afterRefusal, beginWalk, isLastAttempt, type Walk } from './walk.ts';

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

/** Walks a plan until a model answers or nothing is left. Never changes its ranking; never rejects. */
export type Executor = (order: ExecutionOrder) => Promise<Execution>;

/** What the executor stands on. */
export interface ExecutorDependencies {
  readonly guardedCall: GuardedCall;
  readonly providers: ProviderFactory;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** The base of an attempt's limit, milliseconds. */
  readonly attemptBaseMs: number;
}

/** Makes the executor. */
export function createExecutor(dependencies: ExecutorDependencies): Executor {
  return async (order) => {
    const { plan, policy, decisionId } = order.planned;
    const attempts: Attempt[] = [];
    let walk: Walk | undefined = beginWalk(plan.ranked, policy.fallbackEnabled, plan.maxAttempts);
    let retryAfterMs: number | null = null;
    let end: ExecutionEnd = { kind: 'none_admitted', retryAfterMs };
    let waitMs = plan.ranked[0]?.notBeforeMs ?? 0;
    while (walk !== undefined) {
      const ranked: RankedCandidate | undefined = walk.candidates[0];
      if (ranked === undefined) break;
      const stopped = await pause(order, waitMs, dependencies);
      if (stopped !== undefined) return { attempts, end: stopped };
      const attemptId = `${decisionId}.${attempts.length + 1}`;
      const outcome = await callCandidate(order, walk, { ranked, attemptId }, dependencies);
      waitMs = 0;
      if (outcome.kind === 'refused') {
        retryAfterMs = soonerOf(retryAfterMs, outcome.refusal.retryAfterMs);
        if (attempts.length === 0) end = { kind: 'none_admitted', retryAfterMs };
        walk = afterRefusal(walk);
        continue;
      }
      attempts.push(toAttempt(attempts.length + 1, ranked, outcome));
      if (outcome.kind === 'answered') {
        return {
          attempts,
          end: { kind: 'answered', answer: outcome.answer, modelKey: ranked.candidate.key },
        };
      }
      retryAfterMs = soonerOf(retryAfterMs, outcome.failure.retryAfterMs ?? null);
      end = endAfter(outcome.failure, retryAfterMs);
      walk = afterFailure(walk, outcome.verdict);
      if (walk?.retried !== true) continue;
      waitMs = retryPauseMs(outcome.failure, dependencies.random);
      if (waitMs < remainingMs(order, dependencies.clock)) continue;
      // A provider that asks for more time than there is will not be called again: the next one is.
      walk = afterRefusal(walk);
      waitMs = 0;
    }
    return { attempts, end };
  };
}

/** Waits; says how the call ended when its time or its caller ran out instead. */
async function pause(
  { deadlineMs, signal }: ExecutionOrder,
  waitMs: number,
  { clock, timers }: ExecutorDependencies,
): Promise<ExecutionEnd | undefined> {
  if (signal.aborted) return { kind: 'cancelled' };
  const remaining = deadlineMs - clock.monotonicMs();
  if (waitMs >= remaining) return { kind: 'deadline' };
  if (waitMs <= 0) return undefined;
  try {
    await timers.wait(waitMs, signal);
    return undefined;
  } catch (error) {
    if (signal.aborted) return { kind: 'cancelled' };
    throw error;
  }
}

function callCandidate(
  order: ExecutionOrder,
  walk: Walk,
  { ranked, attemptId }: { ranked: RankedCandidate; attemptId: string },
  { guardedCall, providers, clock, attemptBaseMs }: ExecutorDependencies,
): Promise<CallOutcome> {
  const { candidate, estimates } = ranked;
  const { request, planInput } = order.planned;
  const { providerSlug, modelSlug, key } = candidate;
  const ownMs = attemptLimitMs(candidate, estimates.outputBudgetTokens, attemptBaseMs);
  const remaining = remainingMs(order, clock);
  const isLast = isLastAttempt(walk);
  const timeoutMs = attemptTimeMs(ownMs, remaining, isLast);
  const estimatedTokens = planInput.request.estimatedInputTokens + estimates.outputBudgetTokens;
  return guardedCall({
    target: { providerSlug, modelSlug, key, attemptId, timeoutMs, estimatedTokens },
    provider: connect(order.catalog, providerSlug, providers),
    request: toProviderRequest(request, ranked),
    limit: timeoutMs >= ownMs ? 'own' : isLast ? 'deadline' : 'share',
    expectedMs: expectedMs(candidate, estimates.outputBudgetTokens),
    signal: order.signal,
  });
}

/** A provider that is made ready within its first call, so that a failure to do so is that call's failure. */
function connect(catalog: CatalogView, providerSlug: string, providers: ProviderFactory): Provider {
  return {
    async call(request, signal) {
      const connection = catalog.connection(providerSlug);
      if (connection === undefined) throw new Error(`The plan names ${providerSlug}, the catalog does not.`);
      return (await providers.provider(connection)).call(request, signal);
    },
  };
}

function retryPauseMs({ retryAfterMs }: ProviderFailure, random: Random): number {
  return retryAfterMs ?? random.next() * retryBackoffMs;
}

function remainingMs({ deadlineMs }: ExecutionOrder, clock: Clock): number {
  return deadlineMs - clock.monotonicMs();
}
