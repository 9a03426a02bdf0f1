import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RoutingPolicy } from '../../../src/policies/policy.ts';
import type { PlanInput } from '../../../src/routing/plan/plan-input.ts';
import { createSimulator, type Simulation } from '../../../src/routing/simulate/simulation.ts';
import { arbitraryPlanInput, candidate, planInput } from '../plan/plan-inputs.ts';
import { defaultPolicy } from '../../policies/policies.ts';

function simulate(rules: Partial<RoutingPolicy>, recorded: readonly PlanInput[]): Simulation {
  const simulator = createSimulator({ ...defaultPolicy, ...rules });
  for (const input of recorded) simulator.add(input);
  return simulator.result();
}

const good = candidate('a/good', { atsBps: 9500, outputMicroUsdPerMillionTokens: 8_000_000 });
const cheap = candidate('b/cheap', { atsBps: 7000, outputMicroUsdPerMillionTokens: 100_000 });
const calls = [1, 2, 3, 4].map(() =>
  planInput([good, cheap], { rules: { qualityWeightPct: 80, latencyWeightPct: 10, costWeightPct: 10 } }),
);
const byQuality = { qualityWeightPct: 80, latencyWeightPct: 10, costWeightPct: 10 };
const byCost = { qualityWeightPct: 10, latencyWeightPct: 10, costWeightPct: 80 };

describe('a simulation', () => {
  test('of the policy that calls were routed under changes nothing', () => {
    fc.assert(
      fc.property(fc.array(arbitraryPlanInput, { maxLength: 5 }), (inputs) => {
        for (const input of inputs) {
          const result = simulate(input.policy, [
            { ...input, request: { ...input.request, narrowing: null, timeoutMs: input.policy.timeoutMs } },
          ]);
          expect(result).toMatchObject({ decisions: 1, unchanged: 1, newlyRejected: 0, newlyRefused: 0 });
          expect(result.simulated).toEqual(result.recorded);
        }
      }),
    );
  });

  test('compares who comes first, and what that is expected to take', () => {
    const result = simulate(byCost, calls);
    expect(result).toMatchObject({
      decisions: 4,
      unchanged: 0,
      newlyRejected: 0,
      newlyRefused: 0,
      unreplayable: 0,
    });
    expect(result.shares).toEqual([
      { providerSlug: 'a', modelSlug: 'good', recordedShare: 1, simulatedShare: 0 },
      { providerSlug: 'b', modelSlug: 'cheap', recordedShare: 0, simulatedShare: 1 },
    ]);
    // 1000 tokens in at 0.25, and 1000 out at 8 or at 0.10 USD a million.
    expect(result.recorded).toMatchObject({ costMicroUsd: 4 * 8250, meanAtsBps: 9500 });
    expect(result.simulated).toMatchObject({ costMicroUsd: 4 * 350, meanAtsBps: 7000 });
  });

  test('tells of calls whose model would be vetoed or denied, and of those for which nothing would be left', () => {
    expect(simulate({ ...byQuality, deniedModels: ['a/good'] }, calls)).toMatchObject({
      decisions: 4,
      unchanged: 0,
      newlyRejected: 4,
      newlyRefused: 0,
    });
    const vetoed = simulate({ ...byQuality, complianceVetoThresholdPct: 95 }, calls);
    expect(vetoed).toMatchObject({ decisions: 4, newlyRejected: 4, newlyRefused: 4 });
    expect(vetoed.simulated).toEqual({ costMicroUsd: 0, meanLatencyMs: null, meanAtsBps: null });
  });

  test('tells of calls that were refused and would be answered as changed, not as rejected', () => {
    const refused = [planInput([good], { rules: { complianceVetoThresholdPct: 95 } })];
    expect(simulate({}, refused)).toMatchObject({
      decisions: 1,
      unchanged: 0,
      newlyRejected: 0,
      newlyRefused: 0,
    });
    expect(simulate({ complianceVetoThresholdPct: 95 }, refused)).toMatchObject({ unchanged: 1 });
  });

  test('keeps what each request asked of its policy', () => {
    const narrowed = { policy: { deniedModels: ['b/cheap'] }, timeoutMs: null };
    const [call] = calls;
    const recorded = [{ ...call!, request: { ...call!.request, narrowing: narrowed } }];
    expect(simulate(byCost, recorded)).toMatchObject({ unchanged: 1 });
  });

  test('counts a request that the policy would refuse among the refused', () => {
    const [call] = calls;
    const wishes = { policy: { maxAttempts: 3 }, timeoutMs: null };
    const recorded = [{ ...call!, request: { ...call!.request, narrowing: wishes } }];
    expect(simulate({ ...byQuality, maxAttempts: 2 }, recorded)).toMatchObject({
      newlyRejected: 1,
      newlyRefused: 1,
    });
  });

  test('leaves out what this build cannot plan again, and says how many', () => {
    const foreign = { ...calls[0]!, plannerVersion: 99 };
    expect(simulate(byQuality, [foreign, ...calls])).toMatchObject({
      decisions: 4,
      unchanged: 4,
      unreplayable: 1,
    });
  });

  test('leaves out votes, which have no first choice', () => {
    const vote = { ...calls[0]!, voters: 2 };
    expect(simulate(byQuality, [vote, ...calls])).toMatchObject({ decisions: 4, unreplayable: 1 });
  });

  test('of nothing is empty', () => {
    expect(simulate({}, [])).toEqual({
      ...{ decisions: 0, unchanged: 0, newlyRejected: 0, newlyRefused: 0, unreplayable: 0, shares: [] },
      recorded: { costMicroUsd: 0, meanLatencyMs: null, meanAtsBps: null },
      simulated: { costMicroUsd: 0, meanLatencyMs: null, meanAtsBps: null },
    });
  });
});
