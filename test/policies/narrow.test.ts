import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { narrowPolicy, type PolicyNarrowing } from '../../src/policies/narrow.ts';
import { readNarrowing, type NarrowingInput } from '../../src/policies/narrowing-input.ts';
import { policyNames, type RoutingPolicy } from '../../src/policies/policy.ts';
import { InputReader } from '../../src/system/input/reader.ts';
import { anyPolicy, defaultPolicy } from './policies.ts';

const strict: RoutingPolicy = { ...defaultPolicy, policyName: 'strict_no_fallback', fallbackEnabled: false };

const anyHundredths = fc.integer({ min: -5, max: 105 }).map((pct) => pct / 100);

const anyNarrowing: fc.Arbitrary<NarrowingInput> = fc.record(
  {
    policyName: fc.constantFrom(...policyNames),
    qualityWeight: anyHundredths,
    latencyWeight: anyHundredths,
    costWeight: anyHundredths,
    fallbackEnabled: fc.boolean(),
    maxAttempts: fc.integer({ min: -1, max: 12 }),
    complianceVetoThreshold: anyHundredths,
    deniedModels: fc.array(fc.constantFrom('openai/*', 'xai/grok', 'nonsense')),
  },
  { requiredKeys: [] },
);

function read(raw: NarrowingInput) {
  const input = new InputReader(raw);
  return input.checked(readNarrowing(input));
}

function narrowed(narrowing: PolicyNarrowing, policy = defaultPolicy, timeoutMs: number | null = null) {
  const result = narrowPolicy(policy, narrowing, timeoutMs);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.value;
}

function paths(
  narrowing: PolicyNarrowing,
  policy = defaultPolicy,
  timeoutMs: number | null = null,
): string[] {
  const result = narrowPolicy(policy, narrowing, timeoutMs);
  return result.ok ? [] : result.issues.map((issue) => issue.path.join('.'));
}

describe('narrowing a policy', () => {
  test('never widens it, whatever is asked for', () => {
    const timeout = fc.option(fc.integer({ min: 100, max: 600_000 }));
    fc.assert(
      fc.property(anyPolicy, anyNarrowing, timeout, (policy, wish, timeoutMs) => {
        const narrowing = read(wish);
        const result = narrowing.ok ? narrowPolicy(policy, narrowing.value, timeoutMs) : narrowing;
        if (!result.ok) return;
        const effective = result.value;
        expect(effective.maxAttempts).toBeLessThanOrEqual(policy.maxAttempts);
        expect(effective.maxAttempts).toBeGreaterThanOrEqual(1);
        expect(effective.timeoutMs).toBeLessThanOrEqual(policy.timeoutMs);
        expect(effective.complianceVetoThresholdPct).toBeGreaterThanOrEqual(
          policy.complianceVetoThresholdPct,
        );
        expect(effective.fallbackEnabled && !policy.fallbackEnabled).toBe(false);
        expect(effective.deniedModels).toEqual(expect.arrayContaining([...policy.deniedModels]));
        expect(effective.allowedModels).toEqual(policy.allowedModels);
        expect(effective.fallbackCostPenaltyBps).toBe(policy.fallbackCostPenaltyBps);
        expect(effective.qualityWeightPct + effective.latencyWeightPct + effective.costWeightPct).toBe(100);
        if (policy.policyName === 'strict_no_fallback') expect(effective.policyName).toBe(policy.policyName);
      }),
    );
  });

  test('by strict_no_fallback takes the best alone; any other preset keeps the tenant’s margin', () => {
    const wide = { ...defaultPolicy, nearEqualMarginPct: 12 };
    for (const policyName of policyNames) {
      const margin = policyName === 'strict_no_fallback' ? 0 : 12;
      expect(narrowed({ policyName }, wide).nearEqualMarginPct).toBe(margin);
    }
  });

  test('asking for nothing keeps everything', () => {
    expect(narrowed({})).toEqual(defaultPolicy);
  });

  test('makes a policy stricter in every respect at once', () => {
    const narrowing = {
      maxAttempts: 1,
      complianceVetoThresholdPct: 90,
      fallbackEnabled: false,
      deniedModels: ['a/*'],
    };
    expect(narrowed(narrowing, { ...defaultPolicy, deniedModels: ['b/c'] }, 500)).toEqual({
      ...defaultPolicy,
      maxAttempts: 1,
      complianceVetoThresholdPct: 90,
      fallbackEnabled: false,
      deniedModels: ['b/c', 'a/*'],
      timeoutMs: 500,
    });
  });

  test('a policy’s name brings its weights, and those sent along stand in their place', () => {
    expect(narrowed({ policyName: 'quality_first' })).toMatchObject({
      policyName: 'quality_first',
      qualityWeightPct: 70,
      latencyWeightPct: 15,
    });
    expect(narrowed({ policyName: 'quality_first', latencyWeightPct: 0, costWeightPct: 30 })).toMatchObject({
      qualityWeightPct: 70,
      latencyWeightPct: 0,
      costWeightPct: 30,
    });
  });

  test('strict_no_fallback switches fallback off for one request', () => {
    expect(narrowed({ policyName: 'strict_no_fallback' }).fallbackEnabled).toBe(false);
  });

  test('a strict tenant stays strict under another preset’s weights', () => {
    expect(narrowed({ policyName: 'quality_first' }, strict)).toMatchObject({
      policyName: 'strict_no_fallback',
      fallbackEnabled: false,
      qualityWeightPct: 70,
    });
  });

  test.each<[string, PolicyNarrowing, RoutingPolicy, number | null, string[]]>([
    ['more attempts', { maxAttempts: 4 }, defaultPolicy, null, ['policy.maxAttempts']],
    [
      'a lower veto',
      { complianceVetoThresholdPct: 49 },
      defaultPolicy,
      null,
      ['policy.complianceVetoThreshold'],
    ],
    ['fallback that is off', { fallbackEnabled: true }, strict, null, ['policy.fallbackEnabled']],
    [
      'fallback with a strict preset',
      { policyName: 'strict_no_fallback', fallbackEnabled: true },
      defaultPolicy,
      null,
      ['policy.fallbackEnabled'],
    ],
    ['a longer deadline', {}, defaultPolicy, 60_001, ['timeoutMs']],
    ['weights that do not sum', { qualityWeightPct: 50 }, defaultPolicy, null, ['policy.qualityWeight']],
  ])('refuses %s, naming the field', (_, narrowing, policy, timeoutMs, expected) => {
    expect(paths(narrowing, policy, timeoutMs)).toEqual(expected);
  });
});

describe('reading a narrowing', () => {
  test('turns fractions into hundredths, and leaves out what is null', () => {
    const wish = { qualityWeight: 0.29, complianceVetoThreshold: 1, maxAttempts: 2, costWeight: null };
    const narrowing = { qualityWeightPct: 29, complianceVetoThresholdPct: 100, maxAttempts: 2 };
    expect(read(wish)).toStrictEqual({ ok: true, value: narrowing });
    expect(read({})).toStrictEqual({ ok: true, value: {} });
  });

  test.each<[string, NarrowingInput, string[]]>([
    ['no attempt', { maxAttempts: 0 }, ['maxAttempts']],
    ['a veto above 1', { complianceVetoThreshold: 1.01 }, ['complianceVetoThreshold']],
    ['a negative weight', { qualityWeight: -0.01 }, ['qualityWeight']],
    [
      'a threshold with more decimals than are kept',
      { complianceVetoThreshold: 0.505 },
      ['complianceVetoThreshold'],
    ],
    ['a weight with more decimals than are kept', { latencyWeight: 0.001 }, ['latencyWeight']],
    ['a denial that names no model', { deniedModels: ['a/*', 'gpt-5'] }, ['deniedModels', '1']],
    ['too many denials', { deniedModels: Array.from({ length: 201 }, () => 'x') }, ['deniedModels']],
  ])('refuses %s, naming the field', (_, wish, path) => {
    expect(read(wish)).toMatchObject({ ok: false, issues: [{ path }] });
  });
});
