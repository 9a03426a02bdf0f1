import { internalFailure, stackFrames } from '../providers/failure.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { Admission, CallTarget, Permit, Refusal } from './admission.ts';
import { conclude, failedWith, type Sent } from './conclude.ts';
import type { CallOutcome, GuardedInput } from './guarded-call.ts';

/** What a guarded call needs, whole or as a stream. */
export interface GuardParts {
  readonly admission: Admission;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * The frame of every call to a provider: admission, then `send` if it was admitted, then one classification, one
 * settlement, on every path. Never rejects: what `send` throws is a fault of ours. `send` is told how long the
 * admission took to win.
 */
export async function guard(
  input: GuardedInput,
  { admission, clock, log }: GuardParts,
  send: (admissionMs: number) => Promise<Sent>,
): Promise<CallOutcome> {
  const askedMs = clock.monotonicMs();
  const fault = (error: unknown, fromMs: number): Sent => {
    logFault(log, input.target, error);
    const latencyMs = Math.round(clock.monotonicMs() - fromMs);
    return {
      result: failedWith(internalFailure),
      latencyMs,
      timeToFirstTokenMs: null,
      ranStreamLimit: false,
    };
  };
  let admitted: Permit | Refusal;
  try {
    admitted = await admission.admit(input.target);
  } catch (error) {
    return conclude(input, fault(error, clock.monotonicMs()), clock.now());
  }
  if (!admitted.admitted) return { kind: 'refused', refusal: admitted };

  const startedAt = clock.now();
  const startedMs = clock.monotonicMs();
  const sent = await send(startedMs - askedMs).catch((error: unknown) => fault(error, startedMs));
  const outcome = conclude(input, sent, startedAt);
  admitted.settle({
    signal: outcome.kind === 'failed' ? outcome.verdict.signal : 'success',
    failure: outcome.kind === 'failed' ? outcome.failure : null,
    headers: sent.result.headers,
    usage: outcome.record.usage,
    latencyMs: sent.latencyMs,
  });
  return outcome;
}

function logFault(log: Log, { key, attemptId }: CallTarget, error: unknown): void {
  log.error('a provider call failed on our side', { model: key, attemptId, frames: stackFrames(error) });
}
