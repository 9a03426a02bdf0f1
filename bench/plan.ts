import { decodePlanInput, encodePlanInput } from '../src/routing/plan/plan-codec.ts';
import { unobserved, type Candidate, type PlanInput } from '../src/routing/plan/plan-input.ts';
import { planRoute, PLANNER_VERSION } from '../src/routing/plan/plan-route.ts';
import { report, type Measurement } from './report.ts';

/** What planning may take: candidates, then microseconds. */
const limitsUs = [
  [10, 30],
  [100, 200],
  [1000, 2000],
] as const;

/** How long planning and storing a plan's input take: all eligible (the most to rank) and half of them rejected. */
export function benchPlan(): boolean {
  const measurements: Measurement[] = [];
  for (const [count, limit] of limitsUs) {
    for (const rejectedShare of [0, 0.5]) {
      const input = planInput(count, rejectedShare);
      const name = `plan ${count}, ${count * rejectedShare} rejected`;
      measurements.push({ name, unit: 'µs', samples: timeUs(() => planRoute(input), count), limit });
    }
  }
  const input = planInput(40, 0.2);
  const text = encodePlanInput(input);
  measurements.push(
    { name: 'encode 40', unit: 'µs', samples: timeUs(() => encodePlanInput(input), 40) },
    { name: 'decode 40', unit: 'µs', samples: timeUs(() => decodePlanInput(text), 40) },
    { name: 'size of 40', unit: 'bytes', samples: [text.length], limit: 4096 },
  );
  return report('Planning', measurements);
}

function timeUs(run: () => unknown, candidates: number): number[] {
  const rounds = Math.max(500, Math.round(200_000 / candidates));
  for (let round = 0; round < rounds / 4; round += 1) run();
  return Array.from({ length: rounds }, () => {
    const start = performance.now();
    run();
    return (performance.now() - start) * 1000;
  });
}

/** A catalog as it may look in production: five models a provider, most observed, prices and speeds far apart. */
function planInput(count: number, rejectedShare: number): PlanInput {
  return {
    plannerVersion: PLANNER_VERSION,
    draw: 123_456_789_012_345,
    request: {
      taskType: 'code',
      estimatedInputTokens: 1800,
      maxOutputTokens: 1000,
      requires: ['TOOLS', 'JSON_SCHEMA'],
      models: null,
      maxCostMicroUsd: 500_000,
      timeoutMs: 60_000,
      narrowing: null,
      affinity: null,
    },
    policy: {
      policyName: 'balanced',
      qualityWeightPct: 40,
      latencyWeightPct: 30,
      costWeightPct: 30,
      fallbackEnabled: true,
      fallbackCostPenaltyBps: 500,
      complianceVetoThresholdPct: 50,
      nearEqualMarginPct: 5,
      maxAttempts: 3,
      timeoutMs: 60_000,
      allowedModels: [],
      deniedModels: ['vendor-000/denied', 'elsewhere/*'],
      version: 7,
    },
    standInsServe: false,
    candidates: Array.from({ length: count }, (_, index) => candidate(index, index < count * rejectedShare)),
  };
}

function candidate(index: number, rejected: boolean): Candidate {
  const providerSlug = `vendor-${String(Math.floor(index / 5)).padStart(3, '0')}`;
  const modelSlug = `model-${index % 5}-instruct`;
  const spread = (index * 7919) % 1000;
  return {
    providerSlug,
    modelSlug,
    key: `${providerSlug}/${modelSlug}`,
    disabledCause: null,
    capabilities: ['TOOLS', 'JSON_SCHEMA', 'STREAMING', 'REASONING'],
    contextWindowTokens: 200_000,
    maxOutputTokens: 64_000,
    reasoningTokenFloor: index % 3 === 0 ? 1024 : null,
    inputMicroUsdPerMillionTokens: 50_000 + spread * 3000,
    outputMicroUsdPerMillionTokens: 200_000 + spread * 12_000,
    expectedFirstTokenMs: 300 + spread,
    expectedMicrosPerOutputToken: 3000 + spread * 20,
    attemptTimeoutMs: null,
    // Three causes in turn, from the first check to the last.
    complianceScorePct: rejected && index % 3 === 0 ? 40 : 90,
    atsBps: 6000 + spread * 3,
    measures: {
      ...unobserved,
      successesHundredths: spread * 50,
      latencyRatioPermille: 800 + spread,
      failuresHundredths: spread % 7 === 0 ? 150 : 0,
      breakerRetryAfterMs: rejected && index % 3 === 1 ? 45_000 : null,
      coolDownMs: rejected && index % 3 === 2 ? 5000 : null,
    },
  };
}
