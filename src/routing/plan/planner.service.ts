import type { CatalogView } from '../../catalog/catalog-view.ts';
import { unknownModels, unknownProviders } from '../../catalog/unknown-models.ts';
import { narrowPolicy } from '../../policies/narrow.ts';
import type { PolicyService } from '../../policies/policy.service.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import type { Clock } from '../../system/clock.ts';
import type { Sha256 } from '../../system/digest.ts';
import { NotFoundError } from '../../system/expected-error.ts';
import { InputReader, requireSound } from '../../system/input/reader.ts';
import type { Random } from '../../system/random.ts';
import { planRoute } from './plan-route.ts';
import { planVote } from './plan-vote.ts';
import { keysOfOneSpace } from './embedding-space.ts';
import type { ModelMeasures } from './measures.ts';
import type { PlanInput } from './plan-input.ts';
import type { Plan } from './plan.ts';
import { drawOf } from './rank.ts';
import { parseRouteRequest } from '../request/parse-request.ts';
import type { RawRouteInput } from '../request/raw-route-input.ts';
import type { RouteRequest } from '../request/request.ts';
import { toPlanInput, type Snapshot } from './snapshot.ts';
import { createStandInRule } from './stand-ins.ts';

/** What planning reads: all of it is in memory. */
export interface PlanningSources {
  readonly catalog: () => CatalogView;
  readonly policies: Pick<PolicyService, 'policyOf'>;
  readonly measures: ModelMeasures;
  /** The key of the model that a tenant's session is with; null: none. */
  readonly modelOfSession: (tenantId: string, sessionId: string) => string | null;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly sha256: Sha256;
}

/** A request that may be planned, under the policy that governs it: its tenant's, as the request narrowed it. */
export interface AdmittedRequest {
  readonly tenantId: string;
  readonly request: RouteRequest;
  /** Patterns of the models that may be called: those that the request names, or what they come to; null: any. */
  readonly models: readonly string[] | null;
  readonly policy: RoutingPolicy;
  /** The tenant's, as it is without the request. */
  readonly tenantPolicy: RoutingPolicy;
}

/** A request, checked, with its plan and the identity that the plan's chances were drawn from. */
export interface PlannedRequest extends Omit<AdmittedRequest, 'tenantPolicy'> {
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
  /** The same for a vote of so many models at most. */
  planVoteOf(admitted: AdmittedRequest, voters: number): PlannedRequest;
}

/** The one way from an input to a plan, for `route` and for previews alike. */
export function createPlanner(sources: PlanningSources): Planner {
  const { catalog, policies, measures, modelOfSession, clock, random, sha256 } = sources;
  const standInsServe = createStandInRule();

  function snapshotFor({
    tenantId,
    request: { sessionId },
    policy,
    tenantPolicy,
  }: AdmittedRequest): Snapshot {
    const known = catalog();
    const affinity = sessionId === null ? null : modelOfSession(tenantId, sessionId);
    return {
      catalog: known,
      at: clock.now(),
      policy,
      affinity,
      measures,
      standInsServe: standInsServe(known, tenantPolicy),
    };
  }

  function admit(tenantId: string, raw: RawRouteInput): AdmittedRequest {
    const tenantPolicy = policies.policyOf(tenantId);
    if (tenantPolicy === undefined) throw new NotFoundError('This tenant has no routing policy.');
    const request = requireSound(parseRouteRequest(raw));
    const known = catalog();
    requireKnown(raw, request, known);
    const policy = requireSound(narrowPolicy(tenantPolicy, request.narrowing, request.timeoutMs));
    const models =
      request.embedding === undefined
        ? request.models
        : requireSound(keysOfOneSpace(known, request.models, policy));
    return { tenantId, request, models, policy, tenantPolicy };
  }

  function planAdmitted(admitted: AdmittedRequest): PlannedRequest {
    const decisionId = random.uuid();
    const snapshot = snapshotFor(admitted);
    const planInput = toPlanInput(admitted, snapshot, drawOf(sha256, decisionId));
    return { ...admitted, catalog: snapshot.catalog, decisionId, planInput, plan: planRoute(planInput) };
  }

  function planVoteOf(admitted: AdmittedRequest, voters: number): PlannedRequest {
    const snapshot = snapshotFor(admitted);
    const planInput: PlanInput = { ...toPlanInput(admitted, snapshot, null), voters };
    const plan = planVote(planInput);
    return { ...admitted, catalog: snapshot.catalog, decisionId: random.uuid(), planInput, plan };
  }

  function preview(tenantId: string, raw: RawRouteInput): Plan {
    const admitted = admit(tenantId, raw);
    return planRoute(toPlanInput(admitted, snapshotFor(admitted), null));
  }

  return { preview, admit, planAdmitted, planVoteOf };
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
  for (const { slug, message } of unknownProviders(catalog, Object.keys(request.providerOptions ?? {}))) {
    input.refuse(message, 'providerOptions', slug);
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
