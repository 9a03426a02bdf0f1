import type { BreakerPhase, BreakerRule } from './breaker.ts';

/** A call that failed, and whose it was; null: nobody's, or not known. */
export interface Failure {
  readonly at: number;
  readonly tenant: string | null;
}

/** The failures of a closed breaker. */
export function failuresOf({
  failures,
  tenants,
}: Extract<BreakerPhase, { state: 'CLOSED' }>): readonly Failure[] {
  return failures.map((at, index) => ({ at, tenant: tenants?.[index] ?? null }));
}

/** The closed breaker of these failures. */
export function closedWith(failures: readonly Failure[]): BreakerPhase {
  const instants = failures.map(({ at }) => at);
  const tenants = failures.map(({ tenant }) => tenant);
  const isKnown = tenants.some((tenant) => tenant !== null);
  return { state: 'CLOSED', failures: instants, ...(isKnown ? { tenants } : {}) };
}

/** The one tenant whose calls all of these were; null: several tenants', or not known of each. */
export function soleTenantOf(failures: readonly Failure[]): string | null {
  const tenant = failures[0]?.tenant ?? null;
  return failures.every((failure) => failure.tenant === tenant) ? tenant : null;
}

/** Whether so many of these failures in a row as trip lie within the window, wherever it begins. Ascending instants. */
export function trips(failures: readonly number[], { threshold, windowMs }: BreakerRule): boolean {
  return failures.some((newest, index) => {
    const oldest = failures[index - threshold + 1];
    return oldest !== undefined && newest - oldest <= windowMs;
  });
}

/**
 * The failures that the next one may still count with: none older than the newest by more than the window, and of a
 * tenant whose failures alone do not trip no more than one too few.
 */
export function countingOn(
  failures: readonly Failure[],
  { windowMs, threshold }: BreakerRule,
): readonly Failure[] {
  const newest = failures.at(-1);
  if (newest === undefined || threshold === 1) return [];
  return failures.filter(({ at }) => newest.at - at <= windowMs).slice(1 - threshold);
}
