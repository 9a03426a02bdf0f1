import { jittered, probeIntervalMs, type IntervalTerms } from './probe-interval.ts';
import { affordable } from './probe-spending.ts';
import type { ProbeTarget } from './probe-target.ts';

/** A model that could be probed now. */
export interface LocalCandidate {
  readonly target: ProbeTarget;
  /** It waits for a probe, whatever its interval. */
  readonly isRecovery: boolean;
}

/** Money that a probe may cost, later what it has cost: integer micro-USD. */
export interface Expense {
  readonly target: ProbeTarget;
  readonly atMs: number;
  microUsd: number;
}

/** What one instance goes by while it cannot ask when others probe. */
export interface LocalSchedule {
  /** The models to be probed now; each counts as probed, at the most that it can cost. */
  due(request: {
    readonly candidates: readonly LocalCandidate[];
    readonly terms: IntervalTerms;
    readonly now: number;
  }): readonly Expense[];
  /** What was spent meanwhile, for the fleet to count. */
  readonly expenses: readonly Expense[];
  /** The fleet counts again what is spent, and this is left of its cap, integer micro-USD. */
  reset(leftMicroUsd: number): void;
}

/** So many instances can probe alone without spending more together than was left to all. */
const SHARERS = 4;

const HOUR_MS = 3_600_000;

/** How soon a model is tried again that waits for a probe: another call may be the one. */
const RECOVERY_REST_MS = 1_000;

/**
 * Nothing is known. A model is due within an interval of the first time that it is asked for, by chance, so that
 * instances that are cut off together do not probe together.
 */
export function createLocalSchedule({
  random,
  capMicroUsd,
}: {
  readonly random: { next(): number };
  readonly capMicroUsd: number;
}): LocalSchedule {
  const dueAt = new Map<string, number>();
  const recoveryAt = new Map<string, number>();
  let spent: Expense[] = [];
  let leftMicroUsd = capMicroUsd;
  const sum = (some: readonly Expense[]) => some.reduce((total, { microUsd }) => total + microUsd, 0);

  function isDue({ target, isRecovery }: LocalCandidate, terms: IntervalTerms, now: number): boolean {
    const { key } = target;
    const dueMs = dueAt.get(key) ?? now + probeIntervalMs(target, null, terms) * random.next();
    dueAt.set(key, dueMs);
    return now >= (isRecovery ? (recoveryAt.get(key) ?? -Infinity) : dueMs);
  }

  return {
    due({ candidates, terms, now }) {
      spent = spent.filter(({ atMs }) => now - atMs < HOUR_MS);
      const wanted = candidates.filter((candidate) => isDue(candidate, terms, now));
      const spending = {
        fleetMicroUsd: sum(spent),
        ofModel: (key: string) => sum(spent.filter(({ target }) => target.key === key)),
      };
      const targets = wanted.map(({ target }) => target);
      return affordable(targets, spending, leftMicroUsd / SHARERS).map((target) => {
        const intervalMs = probeIntervalMs(target, null, terms);
        dueAt.set(target.key, now + jittered(intervalMs, random.next()));
        recoveryAt.set(target.key, now + RECOVERY_REST_MS);
        const expense = { target, atMs: now, microUsd: target.mostMicroUsd };
        spent.push(expense);
        return expense;
      });
    },
    get expenses() {
      return spent;
    },
    reset(left) {
      leftMicroUsd = left;
      spent = [];
      dueAt.clear();
      recoveryAt.clear();
    },
  };
}
