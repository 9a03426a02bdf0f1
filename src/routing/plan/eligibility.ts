import { disabledSentences } from '../../catalog/disabled-sentences.ts';
import type { PlannedCapability } from '../../catalog/planned-capabilities.ts';
import { matcherOf, type Matcher } from '../../policies/model-pattern.ts';
import { endlessMs, type Candidate, type PlanInput, type RequestFacts } from './plan-input.ts';
import {
  passingReasons,
  standingReasons,
  type Estimates,
  type PassingReason,
  type RejectedCandidate,
  type StandingReason,
} from './plan.ts';

/** Says of candidates which standing reason is the first against them; null: none is. */
export function createStandingExaminer(
  input: StandingInput,
): (candidate: Candidate) => RejectedCandidate | null {
  const { request, policy, standInsServe, plannerVersion } = input;
  const rules: StandingRules = {
    ...{ request, policy, standInsServe, plannerVersion },
    isDenied: matcherOf(policy.deniedModels),
    isAllowed: policy.allowedModels.length === 0 ? null : matcherOf(policy.allowedModels),
    isNamed: request.models === null ? null : matcherOf(request.models),
  };
  return (candidate) => {
    for (const reason of standingReasons) {
      const detail = standingChecks[reason](candidate, rules);
      if (detail !== null) return { candidate, reason, detail, retryAfterMs: null };
    }
    return null;
  };
}

/** The first passing reason against a candidate that no standing one rejects; null: it is eligible. */
export function examineNow(
  candidate: Candidate,
  estimates: Estimates,
  request: RequestFacts,
): RejectedCandidate | null {
  for (const reason of passingReasons) {
    const detail = passingChecks[reason](candidate, estimates, request);
    if (detail !== null) return { candidate, reason, detail, retryAfterMs: retryAfterMs(candidate, reason) };
  }
  return null;
}

/** All that a standing reason depends on, beside the candidate. */
export interface StandingInput {
  readonly plannerVersion: number;
  readonly standInsServe: boolean;
  readonly request: Pick<RequestFacts, 'models' | 'requires' | 'embedding'>;
  readonly policy: Pick<PlanInput['policy'], 'allowedModels' | 'deniedModels' | 'complianceVetoThresholdPct'>;
}

/** The first planner that knew that a model which embeds answers nothing. */
const PLANNER_OF_EMBEDDINGS = 5;

/** What candidates are held against; a list that restricts nothing is null. */
interface StandingRules extends StandingInput {
  readonly isDenied: Matcher;
  readonly isAllowed: Matcher | null;
  readonly isNamed: Matcher | null;
}

/** A sentence that says what stands against the candidate, or null. Reads none of its measures. */
type StandingCheck = (candidate: Omit<Candidate, 'measures'>, rules: StandingRules) => string | null;

/** The same of this call. */
type PassingCheck = (candidate: Candidate, estimates: Estimates, request: RequestFacts) => string | null;

/** Nobody declares what these are called. */
const bytesAlone: Readonly<Partial<Record<PlannedCapability, string>>> = {
  IMAGE_URLS: 'It takes images as bytes alone, and none by a URL.',
  DOCUMENT_URLS: 'It takes documents as bytes alone, and none by a URL.',
  AUDIO_URLS: 'It takes sound as bytes alone, and none by a URL.',
};

function lackOf(capability: PlannedCapability): string {
  return bytesAlone[capability] ?? `It lacks the capability ${capability}.`;
}

const standingChecks: Readonly<Record<StandingReason, StandingCheck>> = {
  DISABLED: ({ disabledCause, providerSlug, key }, { isAllowed, isNamed, standInsServe }) => {
    if (disabledCause === null || (disabledCause === 'stand_in' && standInsServe)) return null;
    const named = (isAllowed?.(providerSlug, key) ?? false) || (isNamed?.(providerSlug, key) ?? false);
    return disabledCause === 'stand_in' && named ? null : disabledSentences[disabledCause];
  },
  NOT_ALLOWED: ({ providerSlug, key }, { isDenied, isAllowed, isNamed }) => {
    if (isDenied(providerSlug, key)) return 'The policy denies it.';
    if (isAllowed?.(providerSlug, key) === false) return 'It is not among the models that the policy allows.';
    if (isNamed?.(providerSlug, key) === false) return 'It is not among the models that the request names.';
    return null;
  },
  COMPLIANCE_VETO: ({ complianceScorePct }, { policy }) =>
    complianceScorePct < policy.complianceVetoThresholdPct
      ? `Its compliance score of ${complianceScorePct} % is below the threshold of ${policy.complianceVetoThresholdPct} %.`
      : null,
  MISSING_CAPABILITY: ({ capabilities }, { request, plannerVersion }) => {
    const embedsOnly = plannerVersion >= PLANNER_OF_EMBEDDINGS && capabilities.includes('EMBEDDINGS');
    if (embedsOnly && request.embedding === undefined)
      return 'It turns texts into vectors, and answers nothing.';
    for (const capability of request.requires) {
      if (!capabilities.includes(capability)) return lackOf(capability);
    }
    return null;
  },
};

const passingChecks: Readonly<Record<PassingReason, PassingCheck>> = {
  CONTEXT_TOO_SMALL: ({ contextWindowTokens }, { outputBudgetTokens }, request) => {
    if (request.embedding !== undefined) {
      const longest = request.embedding.longestInputTokens;
      return longest > contextWindowTokens
        ? `The longest text has at least ${longest} tokens, above its window of ${contextWindowTokens}.`
        : null;
    }
    const needed = request.estimatedInputTokens + outputBudgetTokens;
    return needed > contextWindowTokens
      ? `An estimated ${needed} tokens of input and output exceed its window of ${contextWindowTokens}.`
      : null;
  },
  REASONING_FLOOR: ({ reasoningTokenFloor, maxOutputTokens }, { outputBudgetTokens }, request) => {
    if (request.embedding !== undefined) return null;
    if (outputBudgetTokens > maxOutputTokens) {
      return `The answer and ${reasoningTokenFloor ?? 0} tokens of reasoning need ${outputBudgetTokens} output tokens, above its limit of ${maxOutputTokens}.`;
    }
    return outputBudgetTokens <= (reasoningTokenFloor ?? 0)
      ? `Its output limit of ${maxOutputTokens} tokens leaves none for an answer after its reasoning.`
      : null;
  },
  OVER_BUDGET: (_, { costMicroUsd }, request) =>
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

/** When the last of everything that blocks the candidate for a while has ended. */
function retryAfterMs({ measures }: Candidate, reason: PassingReason): number | null {
  if (reason !== 'HARD_DOWN' && reason !== 'BREAKER_OPEN' && reason !== 'RATE_LIMITED') return null;
  const { hardDownMs, breakerRetryAfterMs, coolDownMs } = measures;
  const latestMs = Math.max(hardDownMs ?? 0, breakerRetryAfterMs ?? 0, coolDownMs ?? 0);
  return latestMs < endlessMs ? latestMs : null;
}
