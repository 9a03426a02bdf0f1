import type { JsonObject } from '../../system/json.ts';
import type { AuditDraft } from '../../audit/entry.ts';
import type { Attempt } from '../../calls/call.ts';
import { modelKey } from '../../providers/model-key.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import type { Decision } from './decision.ts';
import type { Plan } from '../plan/plan.ts';

// What the audit chain says of a routed call. Numbers are integers; a prompt or an answer is there as its
// SHA-256 alone, in lower-case hexadecimal.

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
    decisionId: decision.id,
    workflowId: decision.workflowId,
    // Only where there are some: entries of other calls stay what they were.
    ...(labelsSha256 !== undefined && { labelsSha256 }),
    ...(planInput.voters !== undefined && { voters: planInput.voters }),
    deadlineAt: new Date(decision.deadlineAt).toISOString(),
    promptSha256,
    estimatedInputTokens: planInput.request.estimatedInputTokens,
    policy: describePolicy(planInput.policy),
    plannerVersion: planInput.plannerVersion,
    planInputSha256,
    planned: plan.ranked
      .filter((ranked) => ranked.inPlan)
      .map(({ candidate, score }) => ({ modelKey: candidate.key, scoreMillionths: Math.round(score * 1e6) })),
    rejected: countByReason(plan),
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
    decisionId: decision.id,
    status: decision.status,
    modelKey: decision.modelKey,
    answerSha256,
    latencyMs: decision.latencyMs,
    costMicroUsd: decision.costMicroUsd,
    degraded: decision.degraded,
    attempts: decision.attempts.map(describeAttempt),
  };
  return { id, tenantId: decision.tenantId, type: 'routing.completed', at, actor, payload };
}

/** The `routing.abandoned` entry: nobody has completed the decision in time. */
export function abandonedDraft(
  id: string,
  decision: Pick<Decision, 'id' | 'tenantId' | 'deadlineAt'>,
  at: number,
): AuditDraft {
  const payload = { decisionId: decision.id, deadlineAt: new Date(decision.deadlineAt).toISOString() };
  return { id, tenantId: decision.tenantId, type: 'routing.abandoned', at, actor: 'system', payload };
}

function describePolicy(policy: RoutingPolicy): JsonObject {
  return {
    policyName: policy.policyName,
    qualityWeightPct: policy.qualityWeightPct,
    latencyWeightPct: policy.latencyWeightPct,
    costWeightPct: policy.costWeightPct,
    fallbackEnabled: policy.fallbackEnabled,
    fallbackCostPenaltyBps: policy.fallbackCostPenaltyBps,
    complianceVetoThresholdPct: policy.complianceVetoThresholdPct,
    nearEqualMarginPct: policy.nearEqualMarginPct,
    maxAttempts: policy.maxAttempts,
    timeoutMs: policy.timeoutMs,
    version: policy.version,
  };
}

function describeAttempt(attempt: Attempt): JsonObject {
  return {
    modelKey: modelKey(attempt.providerSlug, attempt.modelSlug),
    status: attempt.status,
    failureClass: attempt.failureClass,
    httpStatus: attempt.httpStatus,
    latencyMs: attempt.latencyMs,
    inputTokens: attempt.usage?.inputTokens ?? null,
    outputTokens: attempt.usage?.outputTokens ?? null,
    reasoningTokens: attempt.usage?.reasoningTokens ?? null,
    // Only where it is so: entries of usual calls stay what they were.
    ...cacheTokens(attempt.usage),
    ...(attempt.usage?.isEstimated === true && { usageIsEstimated: true }),
    costMicroUsd: attempt.costMicroUsd,
  };
}

function cacheTokens(usage: Attempt['usage']): JsonObject {
  const { cachedInputTokens = 0, cacheWriteTokens = 0 } = usage ?? {};
  return {
    ...(cachedInputTokens > 0 && { cachedInputTokens }),
    ...(cacheWriteTokens > 0 && { cacheWriteTokens }),
  };
}

function countByReason({ rejected }: Plan): JsonObject {
  const counts: Record<string, number> = {};
  for (const { reason } of rejected) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
