import type { PolicyName, RoutingPolicy } from '../../policies/policy.ts';
import {
  packCandidate,
  packCapabilities,
  unpackCandidate,
  unpackCapabilities,
  type PackedCandidate,
} from './candidate-codec.ts';
import type { PlanInput, RequestFacts, RequestNarrowing } from './plan-input.ts';

// A decision stores its plan input as JSON arrays, because forty candidates with named fields would fill a
// database. Positions are only ever appended, never moved or reused: texts of every age stay readable, and a
// text of a newer build still tells its planner version, which replay then refuses.

/** The text that a decision stores; `decodePlanInput` gives an input that plans the same, byte for byte. */
export function encodePlanInput({ plannerVersion, draw, request, policy, candidates }: PlanInput): string {
  const runs: ProviderRun[] = [];
  let run: ProviderRun | undefined;
  for (const candidate of candidates) {
    if (run?.[0] !== candidate.providerSlug) {
      run = [candidate.providerSlug, []];
      runs.push(run);
    }
    run[1].push(packCandidate(candidate));
  }
  const packed: PackedPlanInput = [plannerVersion, draw, packRequest(request), packPolicy(policy), runs];
  return JSON.stringify(packed);
}

/** The plan input of a text that `encodePlanInput` wrote. */
export function decodePlanInput(text: string): PlanInput {
  const [plannerVersion, draw, request, policy, runs] = JSON.parse(text) as PackedPlanInput;
  const candidates = runs.flatMap(([providerSlug, models]) =>
    models.map((model) => unpackCandidate(providerSlug, model)),
  );
  return { plannerVersion, draw, request: unpackRequest(request), policy: unpackPolicy(policy), candidates };
}

type PackedPlanInput = [
  plannerVersion: number,
  draw: number | null,
  request: PackedRequest,
  policy: PackedPolicy,
  runs: ProviderRun[],
];

/** Candidates that follow each other and share a provider. */
type ProviderRun = [providerSlug: string, models: PackedCandidate[]];

type PackedRequest = [
  taskType: string,
  estimatedInputTokens: number,
  maxOutputTokens: number | null,
  requires: string,
  models: readonly string[] | null,
  maxCostMicroUsd: number | null,
  timeoutMs: number,
  narrowing?: RequestNarrowing,
];

function packRequest(request: RequestFacts): PackedRequest {
  const { narrowing } = request;
  return [
    request.taskType,
    request.estimatedInputTokens,
    request.maxOutputTokens,
    packCapabilities(request.requires),
    request.models,
    request.maxCostMicroUsd,
    request.timeoutMs,
    ...(narrowing === null ? ([] as const) : ([narrowing] as const)),
  ];
}

function unpackRequest(packed: PackedRequest): RequestFacts {
  const [
    taskType,
    estimatedInputTokens,
    maxOutputTokens,
    requires,
    models,
    maxCostMicroUsd,
    timeoutMs,
    narrowing = null,
  ] = packed;
  return {
    taskType,
    estimatedInputTokens,
    maxOutputTokens,
    requires: unpackCapabilities(requires),
    models,
    maxCostMicroUsd,
    timeoutMs,
    narrowing,
  };
}

type PackedPolicy = [
  policyName: PolicyName,
  weightsPct: readonly [quality: number, latency: number, cost: number],
  fallbackEnabled: boolean,
  fallbackCostPenaltyBps: number,
  complianceVetoThresholdPct: number,
  maxAttempts: number,
  timeoutMs: number,
  allowedModels: readonly string[],
  deniedModels: readonly string[],
  version: number,
  nearEqualMarginPct?: number,
];

/** The margin of planner version 1, which knew no other. */
const MARGIN_OF_OLD_PCT = 5;

function packPolicy(policy: RoutingPolicy): PackedPolicy {
  return [
    policy.policyName,
    [policy.qualityWeightPct, policy.latencyWeightPct, policy.costWeightPct],
    policy.fallbackEnabled,
    policy.fallbackCostPenaltyBps,
    policy.complianceVetoThresholdPct,
    policy.maxAttempts,
    policy.timeoutMs,
    policy.allowedModels,
    policy.deniedModels,
    policy.version,
    policy.nearEqualMarginPct,
  ];
}

function unpackPolicy(packed: PackedPolicy): RoutingPolicy {
  const [
    policyName,
    weightsPct,
    fallbackEnabled,
    fallbackCostPenaltyBps,
    complianceVetoThresholdPct,
    maxAttempts,
    timeoutMs,
    allowedModels,
    deniedModels,
    version,
    nearEqualMarginPct = MARGIN_OF_OLD_PCT,
  ] = packed;
  const [qualityWeightPct, latencyWeightPct, costWeightPct] = weightsPct;
  return {
    policyName,
    qualityWeightPct,
    latencyWeightPct,
    costWeightPct,
    fallbackEnabled,
    fallbackCostPenaltyBps,
    complianceVetoThresholdPct,
    nearEqualMarginPct,
    maxAttempts,
    timeoutMs,
    allowedModels,
    deniedModels,
    version,
  };
}
