import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import { PLANNER_VERSION } from './plan-route.ts';
import { placesAmong, withObserved, type Observed } from './candidates/candidate-list.ts';
import { candidateListOf } from './candidates/catalog-lists.ts';
import type { ModelMeasures } from './measures.ts';
import { unobserved, type Candidate, type PlanInput, type RequestNarrowing } from './plan-input.ts';
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
  readonly measures: ModelMeasures;
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
  const { policy, standInsServe, affinity } = snapshot;
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
    candidates: candidatesOf(snapshot, request.taskType, estimatedInputTokens),
  };
}

function candidatesOf(
  { catalog, at, measures: { measuresOf, eachKnown } }: Snapshot,
  taskType: string,
  inputTokens: number,
): readonly Candidate[] {
  const list = candidateListOf(catalog, { taskType, at, inputTokens });
  const observed: Observed[] = [];
  for (const index of placesAmong(list, eachKnown)) {
    const measures = measuresOf((list.candidates[index] as Candidate).key);
    if (measures !== unobserved) observed.push({ index, measures });
  }
  return withObserved(list, observed);
}

function narrowingOf({ narrowing, timeoutMs }: RouteRequest): RequestNarrowing | null {
  return timeoutMs === null && Object.keys(narrowing).length === 0 ? null : { policy: narrowing, timeoutMs };
}
