import type { ProviderFailure } from '../providers/failure.ts';
import type { ProviderResult, TokenUsage } from '../providers/provider.ts';
import type { AttemptTime } from './attempt-time.ts';
import type { CallOutcome, CallRecord, GuardedInput } from './guarded-call.ts';
import { judge } from './verdict.ts';

/** What came of a call that was sent, and what it took. */
export interface Sent {
  readonly result: ProviderResult;
  /** Time spent waiting for the provider. */
  readonly latencyMs: number;
  /** Of `latencyMs`; null when no text came, or it came as a whole. */
  readonly timeToFirstTokenMs: number | null;
  /** A stream was silent for longer than a stream may be. */
  readonly ranStreamLimit: boolean;
}

/** Classifies what came of a call, once, for everybody. */
export function conclude(
  { target }: Pick<GuardedInput, 'target'>,
  { result, latencyMs, timeToFirstTokenMs, ranStreamLimit }: Sent,
  startedAt: number,
): Exclude<CallOutcome, { kind: 'refused' }> {
  const { providerSlug, modelSlug, time } = target;
  const { notices } = result;
  const noticed = notices !== undefined && notices.length > 0 && { notices };
  const sent = { providerSlug, modelSlug, startedAt, latencyMs, timeToFirstTokenMs, ...noticed };
  if (result.ok) {
    const noFailure = { failureClass: null, message: null, httpStatus: null, retryAfterMs: null };
    const record: CallRecord = {
      ...sent,
      ...noFailure,
      status: 'ok',
      usage: knownUsage(result.answer.usage),
    };
    return { kind: 'answered', answer: result.answer, record };
  }
  const { failure } = result;
  const { failureClass, message, httpStatus = null, retryAfterMs = null } = failure;
  // The caller's whole time may end before a limit that is the model's own.
  const ranOwnLimit = time.limit === 'own' && failureClass !== 'DEADLINE';
  const facts = { ranOwnLimit, ranStreamLimit, elapsedMs: latencyMs, fullAnswerMs: time.fullAnswerMs };
  const verdict = judge(failureClass, { httpStatus, ...facts });
  const usage = knownUsage(result.usage);
  const record = { ...sent, failureClass, message, httpStatus, retryAfterMs, usage, status: verdict.status };
  return { kind: 'failed', failure, verdict, record };
}

/** A failure that was not met at a provider. */
export function failedWith(failure: ProviderFailure): ProviderResult {
  return { ok: false, failure, headers: {} };
}

/** The attempt's time ended, or the caller's. */
export function overtime({ limit }: AttemptTime): ProviderFailure {
  return limit === 'deadline' ? deadlinePassed : timedOut;
}

const timedOut: ProviderFailure = { failureClass: 'TIMEOUT', message: 'The attempt ran out of time.' };

/** The caller's whole time ended. */
export const deadlinePassed: ProviderFailure = {
  failureClass: 'DEADLINE',
  message: "The caller's time ended.",
};

/** Every call has input: no tokens at all means that nobody counted. */
function knownUsage(usage: TokenUsage | undefined): TokenUsage | null {
  return usage === undefined || usage.inputTokens + usage.outputTokens === 0 ? null : usage;
}
