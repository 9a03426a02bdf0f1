import { cancelled, internalFailure, stackFrames, type ProviderFailure } from '../providers/failure.ts';
import type { Provider, ProviderFactory } from '../providers/provider.ts';
import { onAbort } from '../system/abort.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { Admission, CallTarget, Permit, Refusal } from './admission.ts';
import { conclude, deadlinePassed, failedWith, type Sent } from './conclude.ts';
import type { CallOutcome, GuardedInput } from './guarded-call.ts';

/** What a guarded call needs, whole or as a stream. */
export interface GuardParts {
  readonly admission: Admission;
  readonly providers: ProviderFactory;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * The frame of every call to a provider: admission, then `send` if it was admitted, then one classification, one
 * settlement, on every path. Never rejects: what `send` throws is a fault of ours. `send` is told how long the
 * admission took to win; one that its caller does not wait for is given back when it is won.
 */
export async function guard(
  input: GuardedInput,
  { admission, clock, timers, log }: GuardParts,
  send: (admissionMs: number) => Promise<Sent>,
): Promise<CallOutcome> {
  const askedMs = clock.monotonicMs();
  const fault = (error: unknown, fromMs: number): Sent => {
    logFault(log, input.target, error);
    return unanswered(internalFailure, Math.round(clock.monotonicMs() - fromMs));
  };
  let admitted: Permit | Refusal | ProviderFailure;
  try {
    const asked = admission.admit(input.target);
    admitted = asked instanceof Promise ? await winWithin(asked, input, { timers, log }) : asked;
  } catch (error) {
    return conclude(input, fault(error, clock.monotonicMs()), clock.now());
  }
  if ('failureClass' in admitted) return conclude(input, unanswered(admitted, 0), clock.now());
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
    timeToFirstTokenMs: sent.timeToFirstTokenMs,
  });
  return outcome;
}

/** The provider that a call goes to, ready to be called. */
export async function providerOf(
  { connection, target }: GuardedInput,
  providers: ProviderFactory,
): Promise<Provider> {
  if (connection === undefined) {
    throw new Error(`The plan names ${target.providerSlug}, the catalog does not.`);
  }
  return providers.provider(connection);
}

/** What is being won, or why its caller waits for it no longer: it has left, or its time has ended. */
async function winWithin(
  asked: Promise<Permit | Refusal>,
  { target, signal }: GuardedInput,
  { timers, log }: Pick<GuardParts, 'timers' | 'log'>,
): Promise<Permit | Refusal | ProviderFailure> {
  const { limit, timeoutMs } = target.time;
  const cut = Promise.withResolvers<ProviderFailure>();
  // A time that is the attempt's own begins when it is sent.
  using _limit =
    limit === 'deadline' ? timers.after(timeoutMs, () => cut.resolve(deadlinePassed)) : undefined;
  using _leaving = onAbort(signal, () => cut.resolve(cancelled));
  const first = await Promise.race([asked, cut.promise]);
  if ('failureClass' in first) {
    asked.then(
      (late) => giveBack(late, first),
      (error: unknown) => logFault(log, target, error),
    );
  }
  return first;
}

/** Nothing was sent, so that nothing was shown. */
function giveBack(admitted: Permit | Refusal, failure: ProviderFailure): void {
  if (!admitted.admitted) return;
  admitted.settle({
    ...{ signal: 'neutral', failure, headers: {}, usage: null },
    ...{ latencyMs: 0, timeToFirstTokenMs: null },
  });
}

function unanswered(failure: ProviderFailure, latencyMs: number): Sent {
  return { result: failedWith(failure), latencyMs, timeToFirstTokenMs: null, ranStreamLimit: false };
}

function logFault(log: Log, { key, attemptId }: CallTarget, error: unknown): void {
  log.error('a provider call failed on our side', { model: key, attemptId, frames: stackFrames(error) });
}
