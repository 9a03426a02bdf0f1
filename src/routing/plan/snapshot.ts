import type { CandidateFacts, CatalogView, ModelView } from '../../catalog/catalog-view.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import { PLANNER_VERSION } from './plan-route.ts';
import type { Candidate, Measures, PlanInput, RequestNarrowing } from './plan-input.ts';
import { estimateInputTokens } from '../../providers/estimate-tokens.ts';
import { longestInputTokens } from '../../providers/embedding.ts';
import type { RouteRequest } from '../request/request.ts';

/** All that a plan is made from, as this process knows it at one instant. Reading it neither waits nor fails. */
export interface Snapshot {
  readonly catalog: CatalogView;
  /** Milliseconds since the epoch: whose prices hold. */
  readonly at: number;
  /** The tenant's policy as narrowed by the request. */
  readonly policy: RoutingPolicy;
  /** Whether simulated models take part, by the tenant's own policy. */
  readonly standInsServe: boolean;
  /** The key of the model that the request's session is with; null: none. */
  readonly affinity: string | null;
  /** What is known of a model's present behaviour, by its key. */
  readonly measuresOf: (key: string) => Measures;
}

/** What is planned: a request, and patterns of the models that it may be answered by; null: any that the policy allows. */
export interface Planned {
  readonly request: RouteRequest;
  readonly models: readonly string[] | null;
}

/** The planning input of a request at a snapshot; `draw` is that of the decision's id, null for a preview. */
export function toPlanInput(
  { request, models }: Planned,
  snapshot: Snapshot,
  draw: number | null,
): PlanInput {
  const { catalog, at, policy, standInsServe, affinity, measuresOf } = snapshot;
  const estimatedInputTokens = estimateInputTokens(request);
  return {
    plannerVersion: PLANNER_VERSION,
    draw,
    request: {
      taskType: request.taskType,
      estimatedInputTokens,
      maxOutputTokens: request.maxOutputTokens,
      requires: request.requires,
      models,
      maxCostMicroUsd: request.maxCostMicroUsd,
      timeoutMs: policy.timeoutMs,
      narrowing: narrowingOf(request),
      affinity,
      ...(request.embedding && { embedding: { longestInputTokens: longestInputTokens(request.embedding) } }),
    },
    policy,
    standInsServe,
    candidates: catalog.models.map((model) =>
      candidateOf(
        model,
        model.factsFor(at, estimatedInputTokens),
        model.atsBps(request.taskType),
        measuresOf(model.key),
      ),
    ),
  };
}

interface MadeCandidate {
  readonly facts: CandidateFacts;
  readonly candidate: Candidate;
}

/** The candidate of each model that was made last: while nothing changes, it is the same for every call. */
const lastMade = new WeakMap<ModelView, MadeCandidate>();

function candidateOf(
  model: ModelView,
  facts: CandidateFacts,
  atsBps: number | null,
  measures: Measures,
): Candidate {
  const last = lastMade.get(model);
  if (last?.facts === facts && last.candidate.atsBps === atsBps && last.candidate.measures === measures) {
    return last.candidate;
  }
  const candidate = { ...facts, atsBps, measures };
  lastMade.set(model, { facts, candidate });
  return candidate;
}

function narrowingOf({ narrowing, timeoutMs }: RouteRequest): RequestNarrowing | null {
  return timeoutMs === null && Object.keys(narrowing).length === 0 ? null : { policy: narrowing, timeoutMs };
}
