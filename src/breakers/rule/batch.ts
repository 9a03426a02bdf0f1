import type { BreakerRule, BreakerSignal } from './breaker.ts';
import { soleTenantOf, trips, type Failure } from './streak.ts';

/** What one instance has yet to write of the calls that it admitted under one generation of one breaker. */
export interface OutcomeBatch {
  readonly key: string;
  readonly generation: number;
  /** The newest success; an instant of this instance's monotonic clock. */
  readonly successAt: number | null;
  /** The failures after it that matter, ascending. At most twice as many as trip. */
  readonly failures: readonly Failure[];
}

/** A batch as it travels to another clock: whole milliseconds before the instant of writing. */
export interface AgedBatch {
  readonly key: string;
  readonly generation: number;
  readonly successAgeMs: number | null;
  /** Of the failures after that success, the oldest first. */
  readonly failureAgesMs: readonly number[];
  /** Whose calls those were, one for one; absent: not known of any. */
  readonly failureTenants?: readonly (string | null)[];
}

/** How a call ended. */
export interface Outcome {
  readonly signal: BreakerSignal;
  readonly atMs: number;
  /** Whose it was; absent or null: nobody's, or not known. */
  readonly tenant?: string | null;
}

/** A batch in which nothing has happened yet. */
export function openBatch(key: string, generation: number): OutcomeBatch {
  return { key, generation, successAt: null, failures: [] };
}

/**
 * Adds how a call ended; `atMs` never decreases from call to call. A success ends the failures before it, a row that
 * would have tripped included; dropping others never changes what a write decides. The same batch: nothing changes.
 */
export function addOutcome(
  batch: OutcomeBatch,
  rule: BreakerRule,
  { signal, atMs, tenant = null }: Outcome,
): OutcomeBatch {
  if (signal === 'neutral') return batch;
  if (signal === 'success') return { ...batch, successAt: atMs, failures: [] };
  const { failures } = batch;
  if (tripsFor(failures, rule)) {
    // These trip whatever else is known, unless they are one tenant's: then one of another's may count.
    const sole = soleTenantOf(failures);
    return sole === null || sole === tenant
      ? batch
      : { ...batch, failures: [...failures, { at: atMs, tenant }] };
  }
  return { ...batch, failures: mattering([...failures, { at: atMs, tenant }], rule) };
}

/**
 * The batch as it is sent to a writer that takes `nowMs` on this instance's clock for its own present. `slackMs`: by so
 * much at most the failures that this instance has sent before were taken for newer than they were, because sending
 * takes time; its success must not seem to come before them.
 */
export function toAges(
  { key, generation, successAt, failures }: OutcomeBatch,
  nowMs: number,
  slackMs = 0,
): AgedBatch {
  const ageMs = (at: number) => Math.max(0, Math.round(nowMs - at));
  const tenants = failures.map(({ tenant }) => tenant);
  return {
    key,
    generation,
    successAgeMs: successAt === null ? null : ageMs(successAt + slackMs),
    failureAgesMs: failures.map(({ at }) => ageMs(at)),
    ...(tenants.some((tenant) => tenant !== null) ? { failureTenants: tenants } : {}),
  };
}

/**
 * Those that can be part of a tripping row: with failures that were written before the batch began, the ones within a
 * window of its first; with failures to come, the ones within a window of its newest. The ones between count with
 * neither, and that they do not trip among themselves is known.
 */
function mattering(failures: readonly Failure[], { windowMs }: BreakerRule): readonly Failure[] {
  const first = failures.at(0)?.at ?? 0;
  const newest = failures.at(-1)?.at ?? 0;
  return failures.filter(({ at }) => at - first <= windowMs || newest - at <= windowMs);
}

function tripsFor(failures: readonly Failure[], rule: BreakerRule): boolean {
  const instants = failures.map(({ at }) => at);
  return trips(instants, rule);
}
