import type { InvocationStatus } from '../calls/call.ts';
import type { SentProbe } from '../calls/probe-call.service.ts';
import type { FailureClass } from '../providers/failure.ts';

/** What one probe has shown, as it is kept. */
export interface HealthCheck {
  /** A UUID: writing it twice is harmless. */
  readonly id: string;
  readonly providerSlug: string;
  readonly modelSlug: string;
  readonly outcome: InvocationStatus;
  /** Whole milliseconds. */
  readonly latencyMs: number;
  /** Null when it did not fail. */
  readonly failureClass: FailureClass | null;
  /** The provider’s own words, where it failed and said something; as attempts have them. */
  readonly message: string | null;
  /** Integer micro-USD. */
  readonly costMicroUsd: number;
  /** When it ended, by the monotonic clock of this instance. */
  readonly endedAtMs: number;
}

const MOST_LATENCY_MS = 2 ** 31 - 1;

/** The check that a probe amounts to; null: it was cut short by us and shows nothing. */
export function checkOf(probe: SentProbe, endedAtMs: number): HealthCheck | null {
  const { id, providerSlug, modelSlug, outcome, costMicroUsd } = probe;
  const { status, failureClass, latencyMs, message } = outcome.record;
  if (status === null) return null;
  return {
    id,
    providerSlug,
    modelSlug,
    outcome: status,
    latencyMs: Math.min(Math.max(0, Math.round(latencyMs)), MOST_LATENCY_MS),
    failureClass: status === 'ok' ? null : failureClass,
    message: status === 'ok' ? null : message,
    costMicroUsd,
    endedAtMs,
  };
}
