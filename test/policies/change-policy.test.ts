import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changePolicy, type PolicyPatch } from '../../src/policies/change-policy.ts';
import { policyNames, type RoutingPolicy } from '../../src/policies/policy.ts';
import { policyPresets } from '../../src/policies/presets.ts';
import { anyPolicy, defaultPolicy } from './policies.ts';

function changed(patch: PolicyPatch, policy: RoutingPolicy = defaultPolicy): RoutingPolicy {
  const result = changePolicy(policy, patch);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.value;
}

function paths(patch: PolicyPatch, policy: RoutingPolicy = defaultPolicy): string[] {
  const result = changePolicy(policy, patch);
  return result.ok ? [] : result.issues.map((issue) => issue.path.join('.'));
}

describe('changing a policy', () => {
  test('keeps whatever is absent', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        expect(changed({}, policy)).toEqual(policy);
      }),
    );
  });

  test.each(policyNames)('%s brings its preset’s weights, fallback and margin', (policyName) => {
    const { description: _, ...preset } = policyPresets[policyName];
    const before = { ...defaultPolicy, qualityWeightPct: 100, latencyWeightPct: 0, costWeightPct: 0 };
    expect(changed({ policyName }, before)).toEqual({ ...before, policyName, ...preset });
  });

  test('weights and fallback sent with a preset stand in place of its own', () => {
    const patch = {
      policyName: 'cost_first',
      qualityWeight: 0.1,
      costWeight: 0.7,
      fallbackEnabled: false,
    } as const;
    expect(changed(patch)).toMatchObject({
      policyName: 'cost_first',
      qualityWeightPct: 10,
      latencyWeightPct: 20,
      costWeightPct: 70,
      fallbackEnabled: false,
    });
  });

  test('stores a penalty of 0 and of 100 percent, and every hundredth exactly', () => {
    expect(changed({ fallbackCostPenaltyPct: 0 }).fallbackCostPenaltyBps).toBe(0);
    expect(changed({ fallbackCostPenaltyPct: 100 }).fallbackCostPenaltyBps).toBe(10_000);
    for (let bps = 0; bps <= 10_000; bps += 1) {
      expect(changed({ fallbackCostPenaltyPct: bps / 100 }).fallbackCostPenaltyBps).toBe(bps);
    }
  });

  test('a strict policy takes the best alone, unless a margin is sent along; both ends can be stored', () => {
    expect(changed({ policyName: 'strict_no_fallback' }).nearEqualMarginPct).toBe(0);
    expect(changed({ policyName: 'strict_no_fallback', nearEqualMargin: 0.2 }).nearEqualMarginPct).toBe(20);
    expect(changed({ nearEqualMargin: 0 }).nearEqualMarginPct).toBe(0);
    expect(changed({ nearEqualMargin: 0.05 }).nearEqualMarginPct).toBe(5);
  });

  test('replaces lists, and null empties them', () => {
    const policy = { ...defaultPolicy, allowedModels: ['openai/*'], deniedModels: ['openai/gpt-4'] };
    expect(changed({ deniedModels: ['xai/*'] }, policy)).toMatchObject({
      allowedModels: ['openai/*'],
      deniedModels: ['xai/*'],
    });
    expect(changed({ allowedModels: null }, policy).allowedModels).toEqual([]);
  });

  test.each<[string, PolicyPatch, string[]]>([
    ['a penalty above 100', { fallbackCostPenaltyPct: 100.01 }, ['fallbackCostPenaltyPct']],
    ['a penalty of three decimals', { fallbackCostPenaltyPct: 5.005 }, ['fallbackCostPenaltyPct']],
    ['a threshold that rounds to no veto', { complianceVetoThreshold: 0.004 }, ['complianceVetoThreshold']],
    ['a negative threshold', { complianceVetoThreshold: -0.1 }, ['complianceVetoThreshold']],
    ['a threshold that is no number', { complianceVetoThreshold: Number.NaN }, ['complianceVetoThreshold']],
    ['a margin above 0.20', { nearEqualMargin: 0.21 }, ['nearEqualMargin']],
    ['a margin of three decimals', { nearEqualMargin: 0.005 }, ['nearEqualMargin']],
    ['a negative margin', { nearEqualMargin: -0.01 }, ['nearEqualMargin']],
    ['no attempt', { maxAttempts: 0 }, ['maxAttempts']],
    ['eleven attempts', { maxAttempts: 11 }, ['maxAttempts']],
    ['99 ms', { timeoutMs: 99 }, ['timeoutMs']],
    ['more than ten minutes', { timeoutMs: 600_001 }, ['timeoutMs']],
    ['a weight alone that breaks the sum', { qualityWeight: 0.5 }, ['qualityWeight']],
    [
      'three weights of 0.33',
      { qualityWeight: 0.33, latencyWeight: 0.33, costWeight: 0.33 },
      ['qualityWeight'],
    ],
    [
      'a preset’s weights with one that breaks them',
      { policyName: 'cost_first', costWeight: 0.5 },
      ['costWeight'],
    ],
    ['a weight above 1', { qualityWeight: 1.01, latencyWeight: 0, costWeight: 0 }, ['qualityWeight']],
    [
      'fallback under strict_no_fallback',
      { policyName: 'strict_no_fallback', fallbackEnabled: true },
      ['fallbackEnabled'],
    ],
    [
      'a list with something that names no model',
      { allowedModels: ['openai/*', 'gpt-5'] },
      ['allowedModels.1'],
    ],
    [
      'null where nothing can be empty',
      { policyName: null, fallbackEnabled: null, costWeight: null, timeoutMs: null },
      ['costWeight', 'timeoutMs', 'policyName', 'fallbackEnabled'],
    ],
    [
      'several faults at once',
      { maxAttempts: 0, timeoutMs: 1, deniedModels: ['x'] },
      ['maxAttempts', 'timeoutMs', 'deniedModels.0'],
    ],
  ])('refuses %s, naming the field', (_, patch, expected) => {
    expect(paths(patch)).toEqual(expected);
  });

  test('a strict policy cannot have its fallback switched on by itself', () => {
    expect(paths({ fallbackEnabled: true }, changed({ policyName: 'strict_no_fallback' }))).toEqual([
      'fallbackEnabled',
    ]);
  });

  test('whatever is accepted has weights of exactly 1 and no strict policy with fallback', () => {
    const weight = fc.option(
      fc.integer({ min: -10, max: 110 }).map((pct) => pct / 100),
      { nil: undefined },
    );
    const patch = fc.record(
      {
        policyName: fc.constantFrom(...policyNames),
        qualityWeight: weight,
        latencyWeight: weight,
        costWeight: weight,
        fallbackEnabled: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anyPolicy, patch, (policy, wish) => {
        const result = changePolicy(policy, wish);
        if (!result.ok) return;
        const { qualityWeightPct, latencyWeightPct, costWeightPct, policyName, fallbackEnabled } =
          result.value;
        expect(qualityWeightPct + latencyWeightPct + costWeightPct).toBe(100);
        expect(policyName === 'strict_no_fallback' && fallbackEnabled).toBe(false);
      }),
    );
  });
});
