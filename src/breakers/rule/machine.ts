/*
 * The machine behind a breaker. Columns: where it stands; rows: what happens; cells: where it stands then.
 *
 *                         | CLOSED | OPEN    | OPEN      | HALF_OPEN | HALF_OPEN | HALF_OPEN | forced
 *                         |        | cooling | due       | probing   | resting   | due       |
 * ------------------------+--------+---------+-----------+-----------+-----------+-----------+----------
 * too few failures        | keeps  | –       | –         | –         | –         | –         | –
 * failures that trip      | OPEN   | –       | –         | –         | –         | –         | –
 * those of a wary tenant  | keeps  | –       | –         | –         | –         | –         | –
 * a success               | keeps  | –       | –         | –         | –         | –         | –
 * a claim of the probe    | –      | –       | HALF_OPEN | –         | –         | keeps     | –
 * a claim to look into it | –      | keeps   | –         | –         | –         | –         | –
 * that probe succeeds     | –      | CLOSED  | –         | –         | –         | –         | –
 * that probe does not     | –      | keeps   | –         | –         | –         | –         | –
 * the probe succeeds      | –      | –       | –         | CLOSED    | –         | –         | –
 * the probe fails         | –      | –       | –         | OPEN      | –         | –         | –
 * the probe is neutral    | –      | –       | –         | keeps     | –         | –         | –
 * a longer trip offered   | OPEN   | OPEN    | OPEN      | OPEN      | OPEN      | OPEN      | –
 * a shorter trip offered  | OPEN   | –       | OPEN      | –         | –         | OPEN      | –
 * forced                  | forced | forced  | forced    | forced    | forced    | forced    | forced
 * set to AUTO             | CLOSED | OPEN    | OPEN      | HALF_OPEN | HALF_OPEN | HALF_OPEN | CLOSED
 * reset                   | CLOSED | CLOSED  | CLOSED    | CLOSED    | CLOSED    | CLOSED    | CLOSED
 * the mode's end is past  | –      | –       | –         | –         | –         | –         | CLOSED
 *
 * –: nothing happens, the same object comes back. keeps: the state stays, its data and the revision change. A state's
 * name: a transition, with a generation of its own. A wary tenant: one whose failures alone have tripped within the last
 * ten minutes, and a probe found the model well; they do not trip alone. Looked into is what the calls of one tenant alone
 * have opened, once, while it is cooling: by a call with a prompt of our own. due: nobody probes and somebody may (the cool-off is over, no
 * lease lives, a neutral probe's rest has passed). longer: than it is until somebody may probe. An outcome of another generation is always –. An operator's events
 * are in `mode.ts`.
 *
 * Instants are of the caller's clock. `history` is of the database's and stays as it is: what an event does to it, a
 * step says in its `stamps`.
 */
import { nextProbeAtOf } from './admission-of.ts';
import type { AgedBatch } from './batch.ts';
import type { Breaker, BreakerRule } from './breaker.ts';
import { keep, machineReasons, move, stay, type Move, type Step } from './step.ts';
import { claimClearing, isWaryOf, settleClearing, type ProbeOutcome } from './suspicion.ts';
import { closedWith, countingOn, failuresOf, soleTenantOf, trips, type Failure } from './streak.ts';

/** The rest after the first of several neutral probes in a row; each next one doubles it. */
export const FIRST_NEUTRAL_REST_MS = 1_000;

/** What those doublings end at. */
export const LONGEST_NEUTRAL_REST_MS = 60_000;

/** A breaker that an instance opened without the database, as it is offered to the database. */
export interface OfferedTrip {
  /** The last one that the database knew, from which it was opened, however often it moved before it did. */
  readonly generation: number;
  /** What is left of its cool-off. */
  readonly openMs: number;
  readonly coolOffMs: number;
  readonly reason: string;
}

/**
 * Counts how ordinary calls ended. Batches may come in any order: instants decide what is a row, and a failure that
 * completes one trips, however late it arrives.
 */
export function recordOutcomes(breaker: Breaker, rule: BreakerRule, batch: AgedBatch, now: number): Step {
  const { phase } = breaker;
  if (!isAt(breaker, batch.generation) || phase.state !== 'CLOSED') return stay(breaker);
  const successAt = batch.successAgeMs === null ? -Infinity : now - batch.successAgeMs;
  const fresh = batch.failureAgesMs.map((ageMs, index): Failure => {
    return { at: now - ageMs, tenant: batch.failureTenants?.[index] ?? null };
  });
  const failures = [...failuresOf(phase).filter(({ at }) => at > successAt), ...fresh].sort(
    (one, other) => one.at - other.at,
  );
  const stamps = {
    ...(fresh.length > 0 ? { lastFailureAt: Math.max(...fresh.map(({ at }) => at)) } : {}),
    ...(batch.successAgeMs === null ? {} : { lastSuccessAt: successAt }),
  };
  const tenant = soleTenantOf(failures);
  if (
    trips(
      failures.map(({ at }) => at),
      rule,
    ) &&
    !isWaryOf(breaker, tenant, now)
  ) {
    const why = { reason: machineReasons.tripped, coolOffMs: rule.coolOffMs, now, stamps };
    return open(breaker, { ...why, tenant });
  }
  const kept = closedWith(countingOn(failures, rule));
  return kept.state === 'CLOSED' && isSame(kept.failures, phase.failures)
    ? stay(breaker)
    : keep(breaker, kept, stamps);
}

/** Makes the caller the one prober, until the lease ends; null: it may not probe, now or at all. */
export function claimProbe(
  breaker: Breaker,
  { token, leaseMs }: { readonly token: string; readonly leaseMs: number },
  now: number,
): Step | null {
  const { phase, control } = breaker;
  if (control.mode !== 'AUTO' || phase.state === 'CLOSED') return null;
  const probe = { token, leaseUntil: now + leaseMs };
  if (phase.state === 'HALF_OPEN') {
    const dueAt = phase.probe?.leaseUntil ?? phase.nextProbeAt;
    return now < dueAt ? null : keep(breaker, { ...phase, probe });
  }
  if (now < phase.openUntil) return null;
  const { coolOffMs } = phase;
  return move(breaker, {
    now,
    phase: { state: 'HALF_OPEN', coolOffMs, probe, nextProbeAt: now, neutralProbes: 0 },
    reason: machineReasons.coolOffOver,
  });
}

/** As `claimClearing` when that is what it is for, else as `claimProbe`. */
export function claimEither(
  breaker: Breaker,
  claim: { readonly token: string; readonly leaseMs: number; readonly isToClear?: boolean | undefined },
  now: number,
): Step | null {
  return claim.isToClear === true ? claimClearing(breaker, claim, now) : claimProbe(breaker, claim, now);
}

/** Acts on what the prober found out, if it still is the prober. */
export function settleProbe(breaker: Breaker, rule: BreakerRule, outcome: ProbeOutcome, now: number): Step {
  const { phase } = breaker;
  if (!isAt(breaker, outcome.generation)) return stay(breaker);
  if (phase.state !== 'HALF_OPEN') return settleClearing(breaker, outcome, now);
  if (phase.probe?.token !== outcome.token || now >= phase.probe.leaseUntil) return stay(breaker);
  switch (outcome.signal) {
    case 'success':
      return move(breaker, {
        now,
        phase: { state: 'CLOSED', failures: [] },
        reason: machineReasons.probeSucceeded,
        stamps: { lastSuccessAt: now },
      });
    case 'failure': {
      const longerMs = Math.round(phase.coolOffMs * 2 * (1 + outcome.jitter));
      const coolOffMs = Math.min(rule.maxCoolOffMs, longerMs);
      const stamps = { lastFailureAt: now };
      return open(breaker, { reason: machineReasons.probeFailed, coolOffMs, now, stamps });
    }
    case 'neutral':
      return keep(breaker, {
        ...phase,
        probe: null,
        nextProbeAt: now + (outcome.retryAfterMs ?? neutralRestMs(phase.neutralProbes)),
        neutralProbes: phase.neutralProbes + 1,
      });
  }
}

/**
 * Opens a breaker that has not moved since another opened its own copy of it. The stricter wins: one that nobody may
 * call for as long stays as it is.
 */
export function offerTrip(breaker: Breaker, offer: OfferedTrip, now: number): Step {
  if (!isAt(breaker, offer.generation)) return stay(breaker);
  const { openMs, coolOffMs, reason } = offer;
  const openUntil = now + openMs;
  const dueAt = nextProbeAtOf(breaker);
  if (dueAt !== null && dueAt >= openUntil) return stay(breaker);
  return move(breaker, { now, phase: { state: 'OPEN', openUntil, coolOffMs }, reason });
}

function open(
  breaker: Breaker,
  {
    coolOffMs,
    tenant,
    ...why
  }: Pick<Move, 'now' | 'reason' | 'stamps'> & {
    readonly coolOffMs: number;
    /** Whose calls alone have brought it about, where that is so. */
    readonly tenant?: string | null;
  },
): Step {
  const suspicion = tenant == null ? {} : { suspicion: { tenant, probe: null } };
  const phase = { state: 'OPEN', openUntil: why.now + coolOffMs, coolOffMs, ...suspicion } as const;
  return move(breaker, { ...why, phase });
}

/** Whether the machine decides, and in the generation that the event is about. */
function isAt({ control, generation }: Breaker, admittedUnder: number): boolean {
  return control.mode === 'AUTO' && generation === admittedUnder;
}

function neutralRestMs(before: number): number {
  return Math.min(LONGEST_NEUTRAL_REST_MS, FIRST_NEUTRAL_REST_MS * 2 ** before);
}

function isSame(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((at, index) => at === others[index]);
}
