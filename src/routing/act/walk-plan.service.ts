import { attemptTime } from '../../calls/attempt-time.ts';
import type { Attempt } from '../../calls/call.ts';
import type { CallOutcome, GuardedInput } from '../../calls/guarded-call.ts';
import type { HeldPlace } from '../../limits/places/places.ts';
import type { Clock } from '../../system/clock.ts';
import type { Random } from '../../system/random.ts';
import type { Timers } from '../../system/timers.ts';
import type { RankedCandidate } from '../plan/plan.ts';
import { toAttempt, toProviderRequest, type CallEnd, type Execution } from './execution.ts';
import type { RoutedCall } from './routed-call.ts';
import type { Turn, WaitingRoom } from './waiting-room.service.ts';
import {
  afterFailure,
  afterRefusal,
  beginWalk,
  endOf,
  isLastAttempt,
  nextStep,
  type Moment,
  type Step,
} from './walk.ts';

/** What walking a plan stands on. */
export interface WalkDependencies {
  readonly waitingRoom: Pick<WaitingRoom, 'enter' | 'awaitPlace' | 'waitMsOf'>;
  /** Milliseconds for which a model cools down after what its provider or its limits said; 0: it does not. */
  readonly coolDownMsOf: (key: string) => number;
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

/** Walks a plan, attempt by attempt, until one is answered or nothing is left. Never changes its ranking; never rejects. */
export async function walkPlan(
  call: RoutedCall,
  attempt: AttemptMaker,
  dependencies: WalkDependencies,
): Promise<Execution> {
  const { clock, random, waitingRoom, coolDownMsOf } = dependencies;
  const { plan, policy, deadlineMs, signal } = call;
  const attempts: Attempt[] = [];
  const moment = (): Moment => ({
    nowMs: clock.monotonicMs(),
    deadlineMs,
    isCancelled: signal.aborted,
    waitMsOf: waitingRoom.waitMsOf,
    coolDownMsOf,
  });
  let walk = beginWalk(plan, policy.fallbackEnabled, clock.monotonicMs());
  for (;;) {
    const step = nextStep(walk, moment());
    if (step.kind === 'end') return { attempts, end: step.end };
    const turn = await waitFor(step, call, dependencies);
    if (turn === 'full') return { attempts, end: endOf(walk) };
    if ('kind' in turn) return { attempts, end: turn };
    using _turn = turn;
    const place = 'handOver' in turn ? turn : undefined;
    const ranked = candidateOf(step, place);
    const next = { ranked, place, position: attempts.length + 1, isLast: isLastAttempt(walk, ranked) };
    const outcome = await attempt(toNextAttempt(call, next, dependencies));
    if (outcome.kind === 'refused') {
      walk = afterRefusal(walk, ranked, outcome.refusal, clock.monotonicMs());
      continue;
    }
    attempts.push(toAttempt(next.position, { ...call, ranked }, outcome));
    if (outcome.kind === 'answered') {
      const { answer } = outcome;
      return { attempts, end: { kind: 'answered', answer, modelKey: ranked.candidate.key } };
    }
    walk = afterFailure(walk, ranked, { ...outcome, jitter: random.next() }, moment());
  }
}

/** The most that timers are early. */
const TIMER_SLACK_MS = 20;

type CallStep = Extract<Step, { kind: 'call' }>;

const noTurn: Turn = { [Symbol.dispose]: () => {} };

/** Waits; says how the call ended when its time or its caller ran out instead, `full` when too many wait already. */
async function waitFor(
  { pause, ranked }: CallStep,
  { deadlineMs, signal }: RoutedCall,
  { waitingRoom, coolDownMsOf, clock, timers }: WalkDependencies,
): Promise<Turn | HeldPlace | CallEnd | 'full'> {
  if (pause.kind === 'none') return noTurn;
  const deadline = new AbortController();
  const until = AbortSignal.any([signal, deadline.signal]);
  using _ = timers.after(deadlineMs - clock.monotonicMs(), () => deadline.abort());
  try {
    if (pause.kind === 'place') {
      const targets = pause.among.map(({ candidate }) => candidate);
      return (await waitingRoom.awaitPlace(targets, until)) ?? 'full';
    }
    if (pause.kind === 'recovery') {
      return (await waitingRoom.enter(ranked.candidate.key, pause, until)) ?? 'full';
    }
    await timers.wait(pause.ms, until);
    // Timers may fire a moment early, by which the model would still be cooling.
    const earlyMs = coolDownMsOf(ranked.candidate.key);
    if (earlyMs > 0 && earlyMs <= TIMER_SLACK_MS) await timers.wait(earlyMs, until);
    return noTurn;
  } catch (error) {
    if (signal.aborted) return { kind: 'cancelled' };
    if (deadline.signal.aborted) return { kind: 'deadline' };
    throw error;
  }
}

/** Who is called: the one whose place was waited for, where there were several. */
function candidateOf({ ranked, pause }: CallStep, place: HeldPlace | undefined): RankedCandidate {
  if (place === undefined || pause.kind !== 'place') return ranked;
  return pause.among.find(({ candidate }) => candidate.key === place.key) ?? ranked;
}

/** Who is called next, and how. */
export interface Next {
  readonly ranked: RankedCandidate;
  readonly place: HeldPlace | undefined;
  readonly position: number;
  readonly isLast: boolean;
}

/** The attempt as it starts now, with the time that it has. */
export function toNextAttempt(
  call: RoutedCall,
  next: Next,
  { clock, attemptBaseMs }: Pick<WalkDependencies, 'clock' | 'attemptBaseMs'>,
): NextAttempt {
  const { ranked, place, position, isLast } = next;
  const { candidate, estimates } = ranked;
  const { providerSlug, modelSlug, key } = candidate;
  const { outputBudgetTokens } = estimates;
  const budget = { outputBudgetTokens, expectedMs: estimates.latencyMs };
  const remainingMs = call.deadlineMs - clock.monotonicMs();
  return {
    position,
    ranked,
    target: {
      providerSlug,
      modelSlug,
      key,
      attemptId: `${call.decisionId}.${position}`,
      tenantId: call.tenantId,
      time: attemptTime(candidate, { ...budget, baseMs: attemptBaseMs, remainingMs, isLast }),
      estimatedTokens: call.planInput.request.estimatedInputTokens + outputBudgetTokens,
      ...(place !== undefined && { place }),
    },
    connection: call.catalog.connection(providerSlug),
    request: toProviderRequest(call.request, ranked, call.catalog.model(key)?.traits),
    signal: call.signal,
  };
}
