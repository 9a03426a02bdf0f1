import type { PolicyName, RoutingPolicy } from '../../policies/policy.ts';
import {
  packCandidate,
  packCapabilities,
  unpackCandidate,
  unpackCapabilities,
  type PackedCandidate,
} from './candidate-codec.ts';
import type { Candidate, PlanInput, RequestFacts, RequestNarrowing } from './plan-input.ts';

// A decision stores its plan input as JSON arrays, because forty candidates with named fields would fill a
// database. Positions are only ever appended, never moved or reused: texts of every age stay readable, and a
// text of a newer build still tells its planner version, which replay then refuses.

/** The text that a decision stores; `decodePlanInput` gives an input that plans the same, byte for byte. */
export function encodePlanInput(input: PlanInput): string {
  const { plannerVersion, draw, request, policy, candidates, standInsServe, voters } = input;
  const head: PackedHead = [plannerVersion, draw, packRequest(request), packPolicy(policy)];
  // Put together from the texts of candidates, of which most are those of the call before.
  let text = `${JSON.stringify(head).slice(0, -1)},[`;
  let runOf: string | undefined;
  for (const candidate of candidates) {
    const { providerSlug } = candidate;
    if (runOf === providerSlug) text += ',';
    else text += `${runOf === undefined ? '' : ']],'}[${JSON.stringify(providerSlug)},[`;
    text += candidateText(candidate);
    runOf = providerSlug;
  }
  text += runOf === undefined ? ']' : ']]]';
  if (voters !== undefined) return `${text},${standInsServe ? 1 : 0},${voters}]`;
  return standInsServe ? `${text},1]` : `${text}]`;
}

const candidateTexts = new WeakMap<Candidate, string>();

function candidateText(candidate: Candidate): string {
  const known = candidateTexts.get(candidate);
  if (known !== undefined) return known;
  const text = JSON.stringify(packCandidate(candidate));
  candidateTexts.set(candidate, text);
  return text;
}

/** The plan input of a text that `encodePlanInput` wrote. */
export function decodePlanInput(text: string): PlanInput {
  const [plannerVersion, draw, request, policy, runs, serve = 0, voters] = JSON.parse(
    text,
  ) as PackedPlanInput;
  const candidates = runs.flatMap(([providerSlug, models]) =>
    models.map((model) => unpackCandidate(providerSlug, model)),
  );
  return {
    ...{ plannerVersion, draw, candidates },
    request: unpackRequest(request),
    policy: unpackPolicy(policy),
    standInsServe: serve === 1,
    ...(voters !== undefined && { voters }),
  };
}

type PackedHead = [plannerVersion: number, draw: number | null, request: PackedRequest, policy: PackedPolicy];

type PackedPlanInput = [...PackedHead, runs: ProviderRun[], standInsServe?: 0 | 1, voters?: number];

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
  ...tail: PackedTail,
];

type PackedTail = [
  narrowing?: RequestNarrowing | null,
  affinity?: string | null,
  longestInputTokens?: number,
];

function packRequest(request: RequestFacts): PackedRequest {
  return [
    request.taskType,
    request.estimatedInputTokens,
    request.maxOutputTokens,
    packCapabilities(request.requires),
    request.models,
    request.maxCostMicroUsd,
    request.timeoutMs,
    ...tailOf(request),
  ];
}

/** What most requests do not have. */
function tailOf({ narrowing, affinity, embedding }: RequestFacts): PackedTail {
  if (embedding !== undefined) return [narrowing, affinity, embedding.longestInputTokens];
  if (affinity !== null) return [narrowing, affinity];
  return narrowing === null ? [] : [narrowing];
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
    affinity = null,
    longestInputTokens,
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
    affinity,
    ...(longestInputTokens !== undefined && { embedding: { longestInputTokens } }),
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
