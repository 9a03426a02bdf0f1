import type { CallTarget, Permit } from '../../src/calls/admission.ts';
import { attemptTime, DEFAULT_ATTEMPT_BASE_MS } from '../../src/calls/attempt-time.ts';
import { conclude, type Sent } from '../../src/calls/conclude.ts';
import type { Plan, RankedCandidate } from '../../src/routing/plan/plan.ts';
import { costMicroUsd } from '../../src/catalog/prices/price.ts';
import {
  afterFailure,
  afterRefusal,
  beginWalk,
  isLastAttempt,
  nextStep,
  type Moment,
  type Walk,
} from '../../src/routing/act/walk.ts';
import { createAgenda, type Agenda } from './agenda.ts';
import { createRequests } from './requests.ts';
import type { Router } from './router.ts';
import type { RunClock } from './run-clock.ts';
import { sendTo } from './send.ts';
import { createTakers, type Takers } from './takers.ts';
import type { World, WorldCall } from './world.ts';

/** How a call ended. */
export interface CallResult {
  readonly call: WorldCall;
  /** Null: it was not answered. */
  readonly key: string | null;
  /** From its arrival to its end. */
  readonly latencyMs: number;
  readonly costMicroUsd: number;
}

/** Hears what happens in a run. */
export interface RunObserver {
  planned?(call: WorldCall, plan: Plan): void;
  ended?(result: CallResult): void;
}

/** One router's way through a world. */
interface Run {
  readonly world: World;
  readonly router: Router;
  readonly clock: RunClock;
  readonly agenda: Agenda;
  readonly takers: Takers;
  readonly observer: RunObserver;
  readonly indexOf: ReadonlyMap<string, number>;
}

/** A call under way. */
interface Trip {
  readonly call: WorldCall;
  readonly deadlineMs: number;
  walk: Walk;
  attempts: number;
}

/** Lets a router serve all calls of a world, each from its plan to its end, on the clock that it was made with. */
export function runThrough(
  world: World,
  router: Router,
  clock: RunClock,
  options: { readonly fallbackEnabled: boolean; readonly observer: RunObserver },
): void {
  const { fallbackEnabled, observer } = options;
  const agenda = createAgenda();
  const indexOf = new Map(world.models.map(({ key }, index) => [key, index]));
  const run: Run = { world, router, clock, agenda, observer, indexOf, takers: createTakers(world) };
  const requestFor = createRequests();
  for (const call of world.calls()) {
    passUntil(run, call.atMs);
    clock.moveTo(call.atMs);
    const plan = router.plan(call, requestFor(call));
    observer.planned?.(call, plan);
    const walk = beginWalk(plan, fallbackEnabled, call.atMs);
    step(run, { call, deadlineMs: call.atMs + plan.timeoutMs, walk, attempts: 0 });
  }
  passUntil(run, Infinity);
}

function passUntil({ agenda, clock }: Run, atMs: number): void {
  while (agenda.firstAtMs() <= atMs && agenda.firstAtMs() < Infinity) {
    clock.moveTo(agenda.firstAtMs());
    agenda.runFirst();
  }
}

/** Does the next thing, as `walkPlan` does. */
function step(run: Run, trip: Trip): void {
  const { clock, agenda } = run;
  const next = nextStep(trip.walk, momentOf(run, trip));
  if (next.kind === 'end') return end(run, trip, null);
  const { pause, ranked } = next;
  if (pause.kind === 'none' || pause.kind === 'place') return attempt(run, trip, ranked);
  const readyMs = clock.monotonicMs() + pause.ms;
  if (readyMs < trip.deadlineMs) agenda.add(readyMs, () => attempt(run, trip, ranked));
  else agenda.add(trip.deadlineMs, () => end(run, trip, null));
}

function attempt(run: Run, trip: Trip, ranked: RankedCandidate): void {
  const { world, router, clock, agenda, takers, indexOf } = run;
  const target = targetOf(run, trip, ranked);
  const admitted = router.admission.admit(target);
  if (admitted instanceof Promise) throw new Error('Breakers that decide alone ask nobody.');
  if (!admitted.admitted) {
    trip.walk = afterRefusal(trip.walk, ranked, admitted, clock.monotonicMs());
    return step(run, trip);
  }
  const index = indexOf.get(target.key) ?? 0;
  const { call, attempts } = trip;
  const atMs = clock.monotonicMs();
  const sent = sendTo(world, takers, { index, call, attempt: attempts, atMs, time: target.time });
  trip.attempts += 1;
  agenda.add(atMs + sent.latencyMs, () => settle(run, trip, ranked, { target, sent, permit: admitted }));
}

function settle(
  run: Run,
  trip: Trip,
  ranked: RankedCandidate,
  { target, sent, permit }: { readonly target: CallTarget; readonly sent: Sent; readonly permit: Permit },
): void {
  const outcome = conclude({ target }, sent, 0);
  const { latencyMs, timeToFirstTokenMs } = sent;
  const failure = outcome.kind === 'failed' ? outcome.failure : null;
  permit.settle({
    ...{ failure, latencyMs, timeToFirstTokenMs },
    signal: outcome.kind === 'failed' ? outcome.verdict.signal : 'success',
    headers: sent.result.headers,
    usage: outcome.record.usage,
  });
  if (outcome.kind === 'answered') return end(run, trip, ranked);
  const jitter = run.world.draws.uniform(trip.call.number, trip.attempts, 12);
  trip.walk = afterFailure(trip.walk, ranked, { ...outcome, jitter }, momentOf(run, trip));
  step(run, trip);
}

function end({ clock, observer }: Run, { call }: Trip, answered: RankedCandidate | null): void {
  observer.ended?.({
    call,
    key: answered?.candidate.key ?? null,
    latencyMs: clock.monotonicMs() - call.atMs,
    costMicroUsd: answered === null ? 0 : costMicroUsd(answered.candidate, call),
  });
}

function momentOf({ clock, router }: Run, { deadlineMs }: Trip): Moment {
  return {
    nowMs: clock.monotonicMs(),
    deadlineMs,
    isCancelled: false,
    waitMsOf: (key) => router.waitMsOf(key),
    coolDownMsOf: (key) => router.coolDownMsOf(key),
  };
}

function targetOf({ clock }: Run, trip: Trip, ranked: RankedCandidate): CallTarget {
  const { candidate, estimates } = ranked;
  const { providerSlug, modelSlug, key } = candidate;
  const { outputBudgetTokens, latencyMs: expectedMs } = estimates;
  const isLast = isLastAttempt(trip.walk, ranked);
  const remainingMs = trip.deadlineMs - clock.monotonicMs();
  const terms = { outputBudgetTokens, expectedMs, remainingMs, isLast, baseMs: DEFAULT_ATTEMPT_BASE_MS };
  return {
    ...{ providerSlug, modelSlug, key, attemptId: `${trip.call.number}.${trip.attempts}` },
    time: attemptTime(candidate, terms),
    estimatedTokens: trip.call.inputTokens + outputBudgetTokens,
  };
}
