import { cancelled, internalFailure, stackFrames, type ProviderFailure } from '../providers/failure.ts';
import type { ProviderResult, TokenUsage } from '../providers/provider.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { Admission, CallTarget, Permit, Refusal } from './admission.ts';
import type { CallOutcome, CallRecord, GuardedCall, GuardedCallInput } from './guarded-call.ts';
import { judge } from './verdict.ts';

/** What a guarded call needs. */
export interface GuardedCallParts {
  readonly admission: Admission;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

const timedOut: ProviderFailure = { failureClass: 'TIMEOUT', message: 'The attempt ran out of time.' };
const deadlinePassed: ProviderFailure = { failureClass: 'DEADLINE', message: "The caller's time ended." };

/** Makes calls: admission, then the provider within its time, then one classification, one settlement. */
export function createGuardedCall(parts: GuardedCallParts): GuardedCall {
  const { admission, clock, log } = parts;
  return async (input) => {
    const askedMs = clock.monotonicMs();
    let admitted: Permit | Refusal;
    try {
      admitted = await admission.admit(input.target);
    } catch (error) {
      logFault(log, input.target, error);
      return conclude(input, failedWith(internalFailure), clock.now(), 0);
    }
    if (!admitted.admitted) return { kind: 'refused', refusal: admitted };

    const startedAt = clock.now();
    const startedMs = clock.monotonicMs();
    // Winning an admission may take a moment, which the caller's deadline knows nothing of.
    const waitedMs = input.limit === 'deadline' ? startedMs - askedMs : 0;
    const result = await callWithin(input.target.timeoutMs - waitedMs, input, parts);
    const latencyMs = Math.round(clock.monotonicMs() - startedMs);
    const outcome = conclude(input, result, startedAt, latencyMs);
    admitted.settle({
      signal: outcome.kind === 'failed' ? outcome.verdict.signal : 'success',
      failure: outcome.kind === 'failed' ? outcome.failure : null,
      headers: result.headers,
      usage: outcome.record.usage,
      latencyMs,
    });
    return outcome;
  };
}

/** The provider's result, or the one that time or the caller's leaving makes of its silence. */
async function callWithin(
  timeoutMs: number,
  { target, provider, request, limit, signal }: GuardedCallInput,
  { timers, log }: GuardedCallParts,
): Promise<ProviderResult> {
  const overtime = failedWith(limit === 'deadline' ? deadlinePassed : timedOut);
  if (signal.aborted) return failedWith(cancelled);
  if (timeoutMs <= 0) return overtime;
  const controller = new AbortController();
  const cut = Promise.withResolvers<ProviderResult>();
  const end = (result: ProviderResult): void => {
    cut.resolve(result);
    controller.abort();
  };
  const onAbort = () => end(failedWith(cancelled));
  const timer = timers.after(timeoutMs, () => end(overtime));
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([provider.call(request, controller.signal), cut.promise]);
  } catch (error) {
    logFault(log, target, error);
    return failedWith(internalFailure);
  } finally {
    timer[Symbol.dispose]();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Classifies what came of a call, once, for everybody. */
function conclude(
  input: GuardedCallInput,
  result: ProviderResult,
  startedAt: number,
  latencyMs: number,
): Exclude<CallOutcome, { kind: 'refused' }> {
  const { providerSlug, modelSlug } = input.target;
  const sent = { providerSlug, modelSlug, startedAt, latencyMs, timeToFirstTokenMs: null };
  if (result.ok) {
    const told = { failureClass: null, message: null, httpStatus: null, retryAfterMs: null };
    const record: CallRecord = { ...sent, ...told, status: 'ok', usage: knownUsage(result.answer.usage) };
    return { kind: 'answered', answer: result.answer, record };
  }
  const { failure } = result;
  const { failureClass, message, httpStatus = null, retryAfterMs = null } = failure;
  const ranOwnLimit = input.limit === 'own';
  const time = { ranOwnLimit, elapsedMs: latencyMs, expectedMs: input.expectedMs };
  const verdict = judge(failureClass, { httpStatus, ...time });
  const told = { failureClass, message, httpStatus, retryAfterMs, usage: knownUsage(result.usage) };
  return { kind: 'failed', failure, verdict, record: { ...sent, ...told, status: verdict.status } };
}

/** Every call has input: no tokens at all means that nobody counted. */
function knownUsage(usage: TokenUsage | undefined): TokenUsage | null {
  return usage === undefined || usage.inputTokens + usage.outputTokens === 0 ? null : usage;
}

function failedWith(failure: ProviderFailure): ProviderResult {
  return { ok: false, failure, headers: {} };
}

function logFault(log: Log, { key, attemptId }: CallTarget, error: unknown): void {
  log.error('a provider call failed on our side', { model: key, attemptId, frames: stackFrames(error) });
}
