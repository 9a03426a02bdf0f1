import type { CatalogView } from '../../catalog/catalog-view.ts';
import { unknownModels } from '../../catalog/unknown-models.ts';
import { narrowPolicy } from '../../policies/narrow.ts';
import type { PolicyService } from '../../policies/policy.service.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import type { Sha256 } from '../../system/digest.ts';
import { NotFoundError } from '../../system/expected-error.ts';
import { InputReader, requireSound } from '../../system/input/reader.ts';
import type { Random } from '../../system/random.ts';
import { planRoute } from './plan-route.ts';
import type { Measures, PlanInput } from './plan-input.ts';
import type { Plan } from './plan.ts';
import { drawOf } from './rank.ts';
import { parseRouteRequest } from '../request/parse-request.ts';
import type { RawRouteInput } from '../request/raw-route-input.ts';
import type { RouteRequest } from '../request/request.ts';
import { toPlanInput } from './snapshot.ts';

/** What planning reads: all of it is in memory. */
export interface PlanningSources {
  readonly catalog: () => CatalogView;
  readonly policies: Pick<PolicyService, 'policyOf'>;
  readonly measuresOf: (key: string) => Measures;
  readonly random: Random;
  readonly sha256: Sha256;
}

/** A request that may be planned, under the policy that governs it: its tenant's, as the request narrowed it. */
export interface AdmittedRequest {
  readonly request: RouteRequest;
  readonly policy: RoutingPolicy;
}

/** A request, checked, with its plan and the identity that the plan's chances were drawn from. */
export interface PlannedRequest extends AdmittedRequest {
  /** What the plan was made from. */
  readonly catalog: CatalogView;
  readonly decisionId: string;
  readonly planInput: PlanInput;
  readonly plan: Plan;
}

/** Says what would be called for a request, and why: what `route` acts on and what previews explain. */
export interface Planner {
  /**
   * What a request of a tenant's would do now. Nothing is drawn: the best score is first, and the same input gives
   * the same plan until what it is made from changes. Throws InvalidInputError with every issue, NotFoundError.
   */
  preview(tenantId: string, raw: RawRouteInput): Plan;
  /** Checks a request of a tenant's. Throws InvalidInputError with every issue, NotFoundError. */
  admit(tenantId: string, raw: RawRouteInput): AdmittedRequest;
  /** Plans a call whose request is checked, and gives the decision the id from which its chances are drawn. */
  planAdmitted(admitted: AdmittedRequest): PlannedRequest;
}

/** The one way from an input to a plan, for `route` and for previews alike. */
export function createPlanner(sources: PlanningSources): Planner {
  const { catalog, policies, measuresOf, random, sha256 } = sources;

  function admit(tenantId: string, raw: RawRouteInput): AdmittedRequest {
    const tenantPolicy = policies.policyOf(tenantId);
    if (tenantPolicy === undefined) throw new NotFoundError('This tenant has no routing policy.');
    const request = requireSound(parseRouteRequest(raw));
    requireKnown(raw, request, catalog());
    const policy = requireSound(narrowPolicy(tenantPolicy, request.narrowing, request.timeoutMs));
    return { request, policy };
  }

  function planAdmitted({ request, policy }: AdmittedRequest): PlannedRequest {
    const decisionId = random.uuid();
    const known = catalog();
    const planInput = toPlanInput(
      request,
      { catalog: known, policy, measuresOf },
      drawOf(sha256, decisionId),
    );
    return { request, policy, catalog: known, decisionId, planInput, plan: planRoute(planInput) };
  }

  function preview(tenantId: string, raw: RawRouteInput): Plan {
    const { request, policy } = admit(tenantId, raw);
    return planRoute(toPlanInput(request, { catalog: catalog(), policy, measuresOf }, null));
  }

  return { preview, admit, planAdmitted };
}

/** Refuses what no model of the catalog could ever serve: names of none, and more output than any window holds. */
function requireKnown(raw: RawRouteInput, request: RouteRequest, catalog: CatalogView): void {
  const input = new InputReader(raw);
  for (const { index, message } of unknownModels(catalog, request.models ?? [])) {
    input.refuse(message, 'models', index);
  }
  for (const { index, message } of unknownModels(catalog, request.narrowing.deniedModels ?? [])) {
    input.refuse(message, 'policy', 'deniedModels', index);
  }
  const { maxOutputTokens } = request;
  if (maxOutputTokens !== null && maxOutputTokens > catalog.largestWindowTokens) {
    input.refuse(
      `must be at most ${catalog.largestWindowTokens}, the largest window of all models`,
      'maxOutputTokens',
    );
  }
  requireSound(input.checked(request));
}
