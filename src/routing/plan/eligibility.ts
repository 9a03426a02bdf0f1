import type { DisabledCause } from '../../catalog/catalog-view.ts';
import { matcherOf, type Matcher } from '../../policies/model-pattern.ts';
import { endlessMs, type Candidate, type PlanInput } from './plan-input.ts';
import { rejectionReasons, type Estimates, type RejectedCandidate, type RejectionReason } from './plan.ts';

/** The first reason why a candidate may not be called, or null when it is eligible. */
export type Examiner = (candidate: Candidate, estimates: Estimates) => RejectedCandidate | null;

/** Examines the candidates of one request. */
export function createExaminer({ request, policy }: PlanInput): Examiner {
  const rules: Rules = {
    request,
    policy,
    isDenied: matcherOf(policy.deniedModels),
    isAllowed: policy.allowedModels.length === 0 ? null : matcherOf(policy.allowedModels),
    isNamed: request.models === null ? null : matcherOf(request.models),
  };
  return (candidate, estimates) => {
    for (const { reason, check } of orderedChecks) {
      const detail = check(candidate, estimates, rules);
      if (detail !== null)
        return { candidate, reason, detail, retryAfterMs: retryAfterMs(candidate, reason) };
    }
    return null;
  };
}

/** What candidates are held against; a list that restricts nothing is null. */
interface Rules extends Pick<PlanInput, 'request' | 'policy'> {
  readonly isDenied: Matcher;
  readonly isAllowed: Matcher | null;
  readonly isNamed: Matcher | null;
}

/** A sentence that says what stands against the candidate, or null. */
type Check = (candidate: Candidate, estimates: Estimates, rules: Rules) => string | null;

const checks: Readonly<Record<RejectionReason, Check>> = {
  DISABLED: ({ disabledCause, providerSlug, key }, _, { isAllowed, isNamed }) => {
    if (disabledCause === null) return null;
    const named = (isAllowed?.(providerSlug, key) ?? false) || (isNamed?.(providerSlug, key) ?? false);
    return disabledCause === 'stand_in' && named ? null : disabledSentences[disabledCause];
  },
  NOT_ALLOWED: ({ providerSlug, key }, _, { isDenied, isAllowed, isNamed }) => {
    if (isDenied(providerSlug, key)) return 'The policy denies it.';
    if (isAllowed?.(providerSlug, key) === false) return 'It is not among the models that the policy allows.';
    if (isNamed?.(providerSlug, key) === false) return 'It is not among the models that the request names.';
    return null;
  },
  COMPLIANCE_VETO: ({ complianceScorePct }, _, { policy }) =>
    complianceScorePct < policy.complianceVetoThresholdPct
      ? `Its compliance score of ${complianceScorePct} % is below the threshold of ${policy.complianceVetoThresholdPct} %.`
      : null,
  MISSING_CAPABILITY: ({ capabilities }, _, { request }) => {
    for (const capability of request.requires) {
      if (!capabilities.includes(capability)) return `It lacks the capability ${capability}.`;
    }
    return null;
  },
  CONTEXT_TOO_SMALL: ({ contextWindowTokens }, { outputBudgetTokens }, { request }) => {
    const needed = request.estimatedInputTokens + outputBudgetTokens;
    return needed > contextWindowTokens
      ? `An estimated ${needed} tokens of input and output exceed its window of ${contextWindowTokens}.`
      : null;
  },
  REASONING_FLOOR: ({ reasoningTokenFloor, maxOutputTokens }, { outputBudgetTokens }) => {
    if (outputBudgetTokens > maxOutputTokens) {
      return `The answer and ${reasoningTokenFloor ?? 0} tokens of reasoning need ${outputBudgetTokens} output tokens, above its limit of ${maxOutputTokens}.`;
    }
    return outputBudgetTokens <= (reasoningTokenFloor ?? 0)
      ? `Its output limit of ${maxOutputTokens} tokens leaves none for an answer after its reasoning.`
      : null;
  },
  OVER_BUDGET: (_, { costMicroUsd }, { request }) =>
    request.maxCostMicroUsd !== null && costMicroUsd > request.maxCostMicroUsd
      ? `Its estimated cost of ${costMicroUsd} micro-USD exceeds the request's ${request.maxCostMicroUsd}.`
      : null,
  HARD_DOWN: ({ measures }) =>
    measures.hardDownMs === null
      ? null
      : 'Its provider lately refused the credential, the account or the model.',
  BREAKER_OPEN: ({ measures }) =>
    measures.breakerRetryAfterMs === null ? null : 'Its circuit breaker is open.',
  RATE_LIMITED: ({ measures }) =>
    measures.coolDownMs === null ? null : 'It cools down after a rate limit, or as its provider asked.',
};

const orderedChecks = rejectionReasons.map((reason) => ({ reason, check: checks[reason] }));

const disabledSentences: Readonly<Record<DisabledCause, string>> = {
  model_disabled: 'The model is switched off.',
  model_archived: 'The model is archived.',
  provider_disabled: 'Its provider is switched off.',
  provider_archived: 'Its provider is archived.',
  no_credentials: 'Its provider has no credentials.',
  stand_in: 'A simulated model is used only by name while a real provider has credentials.',
};

/** When the last of everything that blocks the candidate for a while has ended. */
function retryAfterMs({ measures }: Candidate, reason: RejectionReason): number | null {
  if (reason !== 'HARD_DOWN' && reason !== 'BREAKER_OPEN' && reason !== 'RATE_LIMITED') return null;
  const { hardDownMs, breakerRetryAfterMs, coolDownMs } = measures;
  const latestMs = Math.max(hardDownMs ?? 0, breakerRetryAfterMs ?? 0, coolDownMs ?? 0);
  return latestMs < endlessMs ? latestMs : null;
}
