import type { InvocationStatus } from '../calls/call.ts';

/** The spans over which checks are summed up, back from now. */
export const healthWindows = {
  LAST_15_MINUTES: 15 * 60_000,
  LAST_HOUR: 3_600_000,
  LAST_DAY: 24 * 3_600_000,
  LAST_WEEK: 7 * 24 * 3_600_000,
} as const;

export type HealthWindow = keyof typeof healthWindows;

/** What checks of one model have shown. Latencies are milliseconds, of checks that were answered or timed out. */
export interface HealthFigures {
  readonly count: number;
  /** 0..1; null without checks. */
  readonly successRatio: number | null;
  readonly p50LatencyMs: number | null;
  readonly p95LatencyMs: number | null;
  readonly p99LatencyMs: number | null;
}

/** The checks of one model in a window, and the last one, however long ago it was. Instants are epoch milliseconds. */
export interface HealthSummary extends HealthFigures {
  readonly lastProbedAt: number;
  readonly lastOutcome: InvocationStatus;
}

/** A part of a window. */
export interface HealthBucket extends HealthFigures {
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
}

/** The most buckets of one series. */
export const MOST_BUCKETS = 500;
