import { matcherOf } from '../../policies/model-pattern.ts';
import type { PlanInput } from './plan-input.ts';
import { rejectionReasons, type RejectedCandidate, type RejectionReason } from './plan.ts';

/** Reasons that say that nobody means to use a model: of interest only where there is no other. */
const unintended: readonly RejectionReason[] = ['DISABLED', 'NOT_ALLOWED'];

/**
 * The commonest reason why nothing of a plan may be called, with a model's name, such as `ollama/llama3.2: compliance
 * 0 % below 50 %`; undefined when nothing was rejected. Models that the request does not name, that nobody switched on
 * or allowed, and simulated ones that stand aside are passed over as long as there are others. Of reasons that are
 * equally common the one that was examined last is told: there the least is missing.
 */
export function commonestReason(
  rejected: readonly RejectedCandidate[],
  { request, policy }: Pick<PlanInput, 'request' | 'policy'>,
): string | undefined {
  const isNamed = request.models === null ? null : matcherOf(request.models);
  const pertinent = narrowed(rejected, [
    ({ candidate }) => isNamed?.(candidate.providerSlug, candidate.key) ?? true,
    ({ candidate }) => candidate.disabledCause !== 'stand_in',
    ({ reason }) => !unintended.includes(reason),
  ]);
  let commonest: readonly RejectedCandidate[] = [];
  for (const reason of rejectionReasons) {
    const such = pertinent.filter((rejection) => rejection.reason === reason);
    if (such.length > 0 && such.length >= commonest.length) commonest = such;
  }
  const [first, ...others] = commonest;
  if (first === undefined) return undefined;
  const likewise = others.length === 0 ? '' : `, and ${others.length} more for such a reason`;
  return `${first.candidate.key}: ${phraseOf(first, policy)}${likewise}`;
}

/** What meets the conditions, one after the other, as far as anything is left. */
function narrowed(
  rejected: readonly RejectedCandidate[],
  conditions: readonly ((rejection: RejectedCandidate) => boolean)[],
): readonly RejectedCandidate[] {
  return conditions.reduce((left, condition) => {
    const kept = left.filter(condition);
    return kept.length === 0 ? left : kept;
  }, rejected);
}

function phraseOf({ candidate, reason, detail }: RejectedCandidate, policy: PlanInput['policy']): string {
  if (reason === 'COMPLIANCE_VETO') {
    return `compliance ${candidate.complianceScorePct} % below ${policy.complianceVetoThresholdPct} %`;
  }
  return detail.charAt(0).toLowerCase() + detail.slice(1, -1);
}
