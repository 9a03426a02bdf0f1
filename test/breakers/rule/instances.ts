import { expect } from 'vitest';
import { admissionOf } from '../../../src/breakers/rule/admission-of.ts';
import { untouched, type Breaker, type BreakerSignal } from '../../../src/breakers/rule/breaker.ts';
import { claimProbe, recordOutcomes, settleProbe } from '../../../src/breakers/rule/machine.ts';
import type { ProbeOutcome } from '../../../src/breakers/rule/suspicion.ts';
import type { Step } from '../../../src/breakers/rule/step.ts';
import { batchOf, rule } from './breakers.ts';
import type { Entry } from './journal.ts';

interface PendingOutcomes {
  readonly generation: number;
  readonly outcomes: (readonly [BreakerSignal, number])[];
}

/** One of several instances: what it last saw of the breaker, and what it has yet to tell. */
export interface Instance {
  seen: Breaker;
  readonly calls: number[];
  readonly untold: PendingOutcomes[];
  /** All that it ever won: a prober may also answer late, or twice. */
  readonly probes: WonProbe[];
}

type WonProbe = Pick<ProbeOutcome, 'generation' | 'token'>;

/** Instances that share one breaker, and see each other's doings late or in another order. */
export class Fleet {
  now = 1_000;
  breaker = untouched('openai/gpt-5-mini');
  readonly met = new Set<string>();
  readonly instances = Array.from({ length: 3 }, (): Instance => {
    return { seen: this.breaker, calls: [], untold: [], probes: [] };
  });
  #tokens = 0;
  #lease: { readonly token: string; readonly until: number } | null = null;

  nextToken(): string {
    this.#tokens += 1;
    return `token ${this.#tokens}`;
  }

  /** Takes over a step, which is nothing, a write, or a transition. */
  take(step: Step | null): boolean {
    const before = this.breaker;
    if (step === null || step.breaker === before) {
      expect(step?.transition ?? null).toBeNull();
      return false;
    }
    const { breaker, transition } = step;
    expect(breaker.revision).toBe(before.revision + 1);
    expect(breaker.generation).toBe(before.generation + (transition === null ? 0 : 1));
    if (transition !== null) {
      expect(transition.generation).toBe(breaker.generation);
      this.met.add(`${transition.from} → ${transition.to}`);
    }
    this.breaker = breaker;
    this.#watchProbes();
    return true;
  }

  /** Of all leases ever given in one half-open time, no two live at once. */
  #watchProbes(): void {
    const { phase } = this.breaker;
    const probe = phase.state === 'HALF_OPEN' ? phase.probe : null;
    if (probe !== null && this.#lease !== null && probe.token !== this.#lease.token) {
      expect(this.#lease.until).toBeLessThanOrEqual(this.now);
    }
    this.#lease = probe && { token: probe.token, until: probe.leaseUntil };
  }
}

/** A call of this instance’s ends. */
export const end = (fleet: Fleet, { calls, untold }: Instance, signal: BreakerSignal): void => {
  const generation = calls.shift();
  if (generation === undefined) return;
  const last = untold.findLast((batch) => batch.generation === generation);
  const outcome = [signal, fleet.now] as const;
  // Instances write well within a window: see batch.test.ts for batches that last longer.
  if (last !== undefined && fleet.now - last.outcomes[0]![1] <= rule.windowMs) last.outcomes.push(outcome);
  else untold.push({ generation, outcomes: [outcome] });
};

/** A call asks this instance for leave, by what it has seen of the breaker. */
export const begin = ({ now }: Fleet, { seen, calls }: Instance): void => {
  const admission = admissionOf(seen, now);
  if (admission.kind === 'admit') calls.push(admission.generation);
};

/** Some outcomes of this instance’s arrive, not always the oldest. */
export const tell = (fleet: Fleet, journal: Entry[], { untold }: Instance, which: number): void => {
  const [batch] = untold.splice(which % untold.length, 1);
  if (batch === undefined) return;
  const { generation, outcomes } = batch;
  journal.push({ at: fleet.now, what: 'outcomes', generation, outcomes });
  const aged = batchOf({ ...fleet.breaker, generation }, outcomes, fleet.now);
  fleet.take(recordOutcomes(fleet.breaker, rule, aged, fleet.now));
};

/** This instance asks for the probe, if by what it has seen it is due. */
export const probe = (fleet: Fleet, journal: Entry[], prober: Instance, leaseMs: number): void => {
  const { now } = fleet;
  if (admissionOf(prober.seen, now).kind !== 'probe_due') return;
  const token = fleet.nextToken();
  journal.push({ at: now, what: 'claim', token, leaseMs });
  const isWon = fleet.take(claimProbe(fleet.breaker, { token, leaseMs }, now));
  prober.seen = fleet.breaker;
  if (isWon) prober.probes.push({ generation: fleet.breaker.generation, token });
};

/** A prober tells what it found out. */
export const find = (
  fleet: Fleet,
  journal: Entry[],
  won: WonProbe | undefined,
  found: Omit<ProbeOutcome, keyof WonProbe>,
): void => {
  if (won === undefined) return;
  journal.push({ at: fleet.now, what: 'finding', ...won, ...found });
  fleet.take(settleProbe(fleet.breaker, rule, { ...won, ...found }, fleet.now));
};
