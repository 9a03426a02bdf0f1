import { matcherOf } from '../policies/model-pattern.ts';
import type { RoutingPolicy } from '../policies/policy.ts';
import type { CandidateFacts } from './catalog-view.ts';

/** Why a policy lets nobody call a model, whatever the request. */
export type PolicyRefusal = 'denied' | 'not_allowed' | 'compliance';

/** What of a policy decides that. */
export type CallRules = Pick<RoutingPolicy, 'allowedModels' | 'deniedModels' | 'complianceVetoThresholdPct'>;

type Judged = Pick<
  CandidateFacts,
  'providerSlug' | 'key' | 'disabledCause' | 'complianceScorePct' | 'capabilities'
>;

/** Says of each model why a policy lets nobody call it; null: it may be called. */
export function refusalUnder(rules: CallRules): (model: Judged) => PolicyRefusal | null {
  const isDenied = matcherOf(rules.deniedModels);
  const isAllowed = rules.allowedModels.length === 0 ? null : matcherOf(rules.allowedModels);
  return ({ providerSlug, key, complianceScorePct }) => {
    if (isDenied(providerSlug, key)) return 'denied';
    if (isAllowed?.(providerSlug, key) === false) return 'not_allowed';
    return complianceScorePct < rules.complianceVetoThresholdPct ? 'compliance' : null;
  };
}

/**
 * Whether simulated models answer for want of real ones: there are some, and no real model that answers can be called
 * under the tenant's policy. Nothing of a single request and nothing that passes counts, neither an outage nor a wish:
 * where real models answer, a made-up answer must never come instead.
 */
export function standInsServe(models: Iterable<Judged>, tenantRules: CallRules): boolean {
  const refusalOf = refusalUnder(tenantRules);
  let hasStandIn = false;
  for (const model of models) {
    if (model.disabledCause === 'stand_in') hasStandIn = true;
    else if (model.disabledCause === null && answers(model) && refusalOf(model) === null) return false;
  }
  return hasStandIn;
}

function answers({ capabilities }: Judged): boolean {
  return !capabilities.includes('EMBEDDINGS');
}
