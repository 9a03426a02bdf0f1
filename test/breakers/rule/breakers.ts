import type {
  Breaker,
  BreakerPhase,
  BreakerRule,
  BreakerSignal,
} from '../../../src/breakers/rule/breaker.ts';
import { untouched } from '../../../src/breakers/rule/breaker.ts';
import { addOutcome, openBatch, toAges, type AgedBatch } from '../../../src/breakers/rule/batch.ts';
import type { BreakerRow } from '../../../src/breakers/table/breaker-row.ts';
import type { ProbeOutcome } from '../../../src/breakers/rule/suspicion.ts';

/** The product's own numbers. */
export const rule: BreakerRule = {
  threshold: 5,
  windowMs: 60_000,
  coolOffMs: 60_000,
  maxCoolOffMs: 240_000,
};

/** A breaker that has a past, in this phase. */
export function breakerIn(phase: BreakerPhase, changes: Partial<Breaker> = {}): Breaker {
  return { ...untouched('openai/gpt-5-mini'), revision: 20, generation: 7, tripCount: 3, phase, ...changes };
}

/** A breaker as it is read when the clock of its instants shows 0. */
export function asRead(breaker: Breaker): BreakerRow {
  const { key, revision, generation, tripCount, phase, control, wary, history } = breaker;
  return { key, revision, generation, tripCount, phase, control, ...(wary && { wary }), history };
}

/** A closed breaker with failures at these instants. */
export const closed = (...failures: number[]): Breaker => breakerIn({ state: 'CLOSED', failures });

/** An open breaker. */
export const opened = (openUntil: number, coolOffMs = rule.coolOffMs): Breaker =>
  breakerIn({ state: 'OPEN', openUntil, coolOffMs });

/** An open breaker whose failures all came from calls of tenant `t`; `leaseUntil`: `mine` looks into that. */
export const suspected = (openUntil: number, leaseUntil: number | null = null): Breaker =>
  breakerIn({
    ...{ state: 'OPEN', openUntil, coolOffMs: rule.coolOffMs },
    suspicion: { tenant: 't', probe: leaseUntil === null ? null : { token: 'mine', leaseUntil } },
  });

/** A half-open breaker that nobody probes, unless `changes` say so. */
export const halfOpen = (changes: Partial<Extract<BreakerPhase, { state: 'HALF_OPEN' }>> = {}): Breaker =>
  breakerIn({
    state: 'HALF_OPEN',
    coolOffMs: rule.coolOffMs,
    probe: null,
    nextProbeAt: 0,
    neutralProbes: 0,
    ...changes,
  });

/** Outcomes of calls at instants, coalesced as one instance does it and told at `now`. */
export function batchOf(
  { key, generation }: Breaker,
  outcomes: readonly (readonly [BreakerSignal, number])[],
  now: number,
): AgedBatch {
  const batch = outcomes.reduce(
    (sum, [signal, at]) => addOutcome(sum, rule, { signal, atMs: at }),
    openBatch(key, generation),
  );
  return toAges(batch, now);
}

/** Failures at these instants. */
export const failuresAt = (...instants: number[]) => instants.map((at) => ['failure', at] as const);

/** What the prober `mine` found out under the breaker's present generation. */
export function found(
  { generation }: Breaker,
  signal: BreakerSignal,
  changes: Partial<ProbeOutcome> = {},
): ProbeOutcome {
  return { generation, token: 'mine', signal, retryAfterMs: null, jitter: 0, ...changes };
}
