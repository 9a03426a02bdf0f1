import type { BreakerRule, BreakerSignal } from './breaker.ts';
import { trips } from './streak.ts';

/** What one instance has yet to write of the calls that it admitted under one generation of one breaker. */
export interface OutcomeBatch {
  readonly key: string;
  readonly generation: number;
  /** The newest success; an instant of this instance's monotonic clock. */
  readonly successAt: number | null;
  /** The failures after it that matter, ascending. At most twice as many as trip. */
  readonly failuresAt: readonly number[];
}

/** A batch as it travels to another clock: whole milliseconds before the instant of writing. */
export interface AgedBatch {
  readonly key: string;
  readonly generation: number;
  readonly successAgeMs: number | null;
  /** Of the failures after that success, the oldest first. */
  readonly failureAgesMs: readonly number[];
}

/** A batch in which nothing has happened yet. */
export function openBatch(key: string, generation: number): OutcomeBatch {
  return { key, generation, successAt: null, failuresAt: [] };
}

/**
 * Adds how a call ended; `atMs` never decreases from call to call. A success ends the failures before it, a row that
 * would have tripped included; dropping others never changes what a write decides. The same batch: nothing changes.
 */
export function addOutcome(
  batch: OutcomeBatch,
  rule: BreakerRule,
  signal: BreakerSignal,
  atMs: number,
): OutcomeBatch {
  if (signal === 'neutral') return batch;
  if (signal === 'success') return { ...batch, successAt: atMs, failuresAt: [] };
  // These trip whatever else is known; what comes after them cannot count.
  if (trips(batch.failuresAt, rule)) return batch;
  return { ...batch, failuresAt: mattering([...batch.failuresAt, atMs], rule) };
}

/**
 * The batch as it is sent to a writer that takes `nowMs` on this instance's clock for its own present. `slackMs`: by so
 * much at most the failures that this instance has sent before were taken for newer than they were, because sending
 * takes time; its success must not seem to come before them.
 */
export function toAges(
  { key, generation, successAt, failuresAt }: OutcomeBatch,
  nowMs: number,
  slackMs = 0,
): AgedBatch {
  const ageMs = (at: number) => Math.max(0, Math.round(nowMs - at));
  return {
    key,
    generation,
    successAgeMs: successAt === null ? null : ageMs(successAt + slackMs),
    failureAgesMs: failuresAt.map(ageMs),
  };
}

/**
 * Those that can be part of a tripping row: with failures that were written before the batch began, the ones within a
 * window of its first; with failures to come, the ones within a window of its newest. The ones between count with
 * neither, and that they do not trip among themselves is known.
 */
function mattering(failures: readonly number[], { windowMs }: BreakerRule): readonly number[] {
  const first = failures.at(0) ?? 0;
  const newest = failures.at(-1) ?? 0;
  return failures.filter((at) => at - first <= windowMs || newest - at <= windowMs);
}
