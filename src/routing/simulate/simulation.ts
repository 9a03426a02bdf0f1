import { standInsServe } from '../../catalog/policy-refusal.ts';
import { narrowPolicy } from '../../policies/narrow.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import { planRoute, PLANNER_VERSION } from '../plan/plan-route.ts';
import type { RankedCandidate } from '../plan/plan.ts';
import { replayPlan } from '../plan/replay.ts';

/** What recorded calls were planned to be, and what they would have been under another policy. */
export interface Simulation {
  /** Calls that were planned again. */
  readonly decisions: number;
  /** Of those: whose first choice is the same. */
  readonly unchanged: number;
  /** Whose first choice would not be eligible. */
  readonly newlyRejected: number;
  /** For which nothing would be eligible any more. */
  readonly newlyRefused: number;
  /** Calls beside them: votes, and those planned by rules that this build does not know. */
  readonly unreplayable: number;
  readonly recorded: Totals;
  readonly simulated: Totals;
  /** In order of key: every model that came first under either policy. */
  readonly shares: readonly ShareChange[];
}

/** What the first choices of all calls were expected to take. */
export interface Totals {
  /** Integer micro-USD. */
  readonly costMicroUsd: number;
  /** Null when there was no first choice. */
  readonly meanLatencyMs: number | null;
  readonly meanAtsBps: number | null;
}

/** How many of the calls, 0..1, began with a model. */
export interface ShareChange {
  readonly providerSlug: string;
  readonly modelSlug: string;
  readonly recordedShare: number;
  readonly simulatedShare: number;
}

/** Collects recorded calls one by one, so that many of them take no more memory than one. */
export interface Simulator {
  /** Plans a recorded call again, under the policy, from what was known when it was made. */
  add(recorded: PlanInput): void;
  result(): Simulation;
}

/** Simulates a tenant's policy. Chances fall as they fell: where the policy changes nothing, nothing changes. */
export function createSimulator(policy: RoutingPolicy): Simulator {
  const counts = { decisions: 0, unchanged: 0, newlyRejected: 0, newlyRefused: 0, unreplayable: 0 };
  const recorded = createTally();
  const simulated = createTally();

  return {
    add(input) {
      const replay = replayPlan(input);
      // A vote has no first choice to compare.
      if (replay.kind === 'unreplayable' || input.voters !== undefined) {
        counts.unreplayable += 1;
        return;
      }
      const [was] = replay.plan.ranked;
      const ranked = rankUnder(policy, input);
      const [is] = ranked;
      counts.decisions += 1;
      if (was?.candidate.key === is?.candidate.key) counts.unchanged += 1;
      if (was !== undefined) {
        if (ranked.every(({ candidate }) => candidate.key !== was.candidate.key)) counts.newlyRejected += 1;
        if (is === undefined) counts.newlyRefused += 1;
      }
      recorded.add(was);
      simulated.add(is);
    },
    result: () => ({
      ...counts,
      recorded: recorded.totals(),
      simulated: simulated.totals(),
      shares: compareShares(recorded.firsts, simulated.firsts, counts.decisions),
    }),
  };
}

/** The first planner that asked the policy whether simulated models take part; older ones did the same under any. */
const PLANNER_OF_STAND_INS = 3;

/** What would be ranked; nothing, where the request asks the policy for what it would refuse. */
function rankUnder(policy: RoutingPolicy, input: PlanInput): readonly RankedCandidate[] {
  const { request } = input;
  const narrowed = narrowPolicy(
    policy,
    request.narrowing?.policy ?? {},
    request.narrowing?.timeoutMs ?? null,
  );
  if (!narrowed.ok) return [];
  const { timeoutMs } = narrowed.value;
  return planRoute({
    ...input,
    plannerVersion: PLANNER_VERSION,
    policy: narrowed.value,
    standInsServe: input.plannerVersion >= PLANNER_OF_STAND_INS && standInsServe(input.candidates, policy),
    request: { ...request, timeoutMs },
  }).ranked;
}

interface First {
  readonly candidate: Pick<RankedCandidate['candidate'], 'providerSlug' | 'modelSlug'>;
  readonly count: number;
}

function createTally() {
  const firsts = new Map<string, First>();
  let [chosen, costMicroUsd, latencyMs, atsBps] = [0, 0, 0, 0];
  return {
    firsts,
    add(first: RankedCandidate | undefined): void {
      if (first === undefined) return;
      const { candidate, estimates } = first;
      chosen += 1;
      costMicroUsd += estimates.costMicroUsd;
      latencyMs += estimates.latencyMs;
      atsBps += estimates.atsBps;
      firsts.set(candidate.key, { candidate, count: (firsts.get(candidate.key)?.count ?? 0) + 1 });
    },
    totals: (): Totals => ({
      costMicroUsd,
      meanLatencyMs: chosen === 0 ? null : latencyMs / chosen,
      meanAtsBps: chosen === 0 ? null : atsBps / chosen,
    }),
  };
}

function compareShares(
  recorded: ReadonlyMap<string, First>,
  simulated: ReadonlyMap<string, First>,
  decisions: number,
): ShareChange[] {
  const keys = [...new Set([...recorded.keys(), ...simulated.keys()])].sort();
  return keys.flatMap((key) => {
    const [was, is] = [recorded.get(key), simulated.get(key)];
    const first = was ?? is;
    if (first === undefined) return [];
    const { providerSlug, modelSlug } = first.candidate;
    const shareOf = (counted: First | undefined) => (counted?.count ?? 0) / decisions;
    return [{ providerSlug, modelSlug, recordedShare: shareOf(was), simulatedShare: shareOf(is) }];
  });
}
