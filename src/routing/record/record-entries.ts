import type { JsonObject } from '../../system/json.ts';
import type { AuditDraft } from '../../audit/entry.ts';
import type { Attempt } from '../../calls/call.ts';
import { modelKey } from '../../providers/model-key.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import type { Decision } from './decision.ts';
import type { Plan, RejectedCandidate } from '../plan/plan.ts';

// What the audit chain says of a routed call. Numbers are integers; a prompt or an answer is there as its
// SHA-256 alone, in lower-case hexadecimal. Members stand in the order of their canonical text, which then needs not
// sort them.

/** What is recorded when a call was decided, beside the decision itself. */
export interface DecidedFacts {
  /** Who called, as in AuditDraft. */
  readonly actor: string;
  readonly plan: Plan;
  readonly promptSha256: string;
}

/** What is recorded when a call has ended, beside the decision itself. */
export interface CompletedFacts {
  readonly actor: string;
  /** Of the answer, or of what was delivered of a stream that broke; null when there was none. */
  readonly answerSha256: string | null;
}

/** SHA-256 of what a decision was made of, lower-case hexadecimal. */
export interface DecidedDigests {
  /** Of all that the plan was made from. */
  readonly planInputSha256: string;
  /** Of the labels, as the JSON of a list of `{name, value}` in the caller's order; absent: there are none. */
  readonly labelsSha256?: string;
}

/** The `routing.decided` entry: what was planned, under which policy, and the digest of all that it was planned from. */
export function decidedDraft(
  id: string,
  decision: Decision,
  { actor, plan, promptSha256 }: DecidedFacts,
  { planInputSha256, labelsSha256 }: DecidedDigests,
): AuditDraft {
  const { planInput } = decision;
  const payload: JsonObject = {
    deadlineAt: new Date(decision.deadlineAt).toISOString(),
    decisionId: decision.id,
    estimatedInputTokens: planInput.request.estimatedInputTokens,
    // Only where there are some: entries of other calls stay what they were.
    ...(labelsSha256 !== undefined && { labelsSha256 }),
    planInputSha256,
    planned: plan.ranked
      .filter((ranked) => ranked.inPlan)
      .map(({ candidate, score }) => ({ modelKey: candidate.key, scoreMillionths: Math.round(score * 1e6) })),
    plannerVersion: planInput.plannerVersion,
    policy: describePolicy(planInput.policy),
    promptSha256,
    rejected: countByReason(plan),
    ...(planInput.voters !== undefined && { voters: planInput.voters }),
    workflowId: decision.workflowId,
  };
  return { id, tenantId: decision.tenantId, type: 'routing.decided', at: decision.createdAt, actor, payload };
}

/** The `routing.completed` entry: how the call ended and what each attempt took. */
export function completedDraft(
  id: string,
  decision: Decision,
  { actor, answerSha256 }: CompletedFacts,
  at: number,
): AuditDraft {
  const payload: JsonObject = {
    answerSha256,
    attempts: decision.attempts.map(describeAttempt),
    costMicroUsd: decision.costMicroUsd,
    decisionId: decision.id,
    degraded: decision.degraded,
    latencyMs: decision.latencyMs,
    modelKey: decision.modelKey,
    status: decision.status,
  };
  return { id, tenantId: decision.tenantId, type: 'routing.completed', at, actor, payload };
}

/** The `routing.abandoned` entry: nobody has completed the decision in time. */
export function abandonedDraft(
  id: string,
  decision: Pick<Decision, 'id' | 'tenantId' | 'deadlineAt'>,
  at: number,
): AuditDraft {
  const payload = { deadlineAt: new Date(decision.deadlineAt).toISOString(), decisionId: decision.id };
  return { id, tenantId: decision.tenantId, type: 'routing.abandoned', at, actor: 'system', payload };
}

function describePolicy(policy: RoutingPolicy): JsonObject {
  return {
    complianceVetoThresholdPct: policy.complianceVetoThresholdPct,
    costWeightPct: policy.costWeightPct,
    fallbackCostPenaltyBps: policy.fallbackCostPenaltyBps,
    fallbackEnabled: policy.fallbackEnabled,
    latencyWeightPct: policy.latencyWeightPct,
    maxAttempts: policy.maxAttempts,
    nearEqualMarginPct: policy.nearEqualMarginPct,
    policyName: policy.policyName,
    qualityWeightPct: policy.qualityWeightPct,
    timeoutMs: policy.timeoutMs,
    version: policy.version,
  };
}

function describeAttempt(attempt: Attempt): JsonObject {
  const { cachedInputTokens = 0, cacheWriteTokens = 0 } = attempt.usage ?? {};
  return {
    // Only where it is so, of these and of estimates: entries of usual calls stay what they were.
    ...(cacheWriteTokens > 0 && { cacheWriteTokens }),
    ...(cachedInputTokens > 0 && { cachedInputTokens }),
    costMicroUsd: attempt.costMicroUsd,
    failureClass: attempt.failureClass,
    httpStatus: attempt.httpStatus,
    inputTokens: attempt.usage?.inputTokens ?? null,
    latencyMs: attempt.latencyMs,
    modelKey: modelKey(attempt.providerSlug, attempt.modelSlug),
    outputTokens: attempt.usage?.outputTokens ?? null,
    reasoningTokens: attempt.usage?.reasoningTokens ?? null,
    status: attempt.status,
    ...(attempt.usage?.isEstimated === true && { usageIsEstimated: true }),
  };
}

function countByReason({ rejected }: Plan): JsonObject {
  const counts: Record<string, number> = {};
  // Most of many have the reason of the one before.
  for (let from = 0, end = 0; from < rejected.length; from = end) {
    const { reason } = rejected[from] as RejectedCandidate;
    while (rejected[end]?.reason === reason) end += 1;
    counts[reason] = (counts[reason] ?? 0) + end - from;
  }
  return counts;
}
