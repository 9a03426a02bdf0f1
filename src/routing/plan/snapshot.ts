import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import { PLANNER_VERSION } from './plan-route.ts';
import type { Measures, PlanInput, RequestNarrowing } from './plan-input.ts';
import { estimateInputTokens } from '../../providers/estimate-tokens.ts';
import type { RouteRequest } from '../request/request.ts';

/** All that a plan is made from, as this process knows it at one instant. Reading it neither waits nor fails. */
export interface Snapshot {
  readonly catalog: CatalogView;
  /** The tenant's policy as narrowed by the request. */
  readonly policy: RoutingPolicy;
  /** What is known of a model's present behaviour, by its key. */
  readonly measuresOf: (key: string) => Measures;
}

/** The planning input of a request at a snapshot; `draw` is that of the decision's id, null for a preview. */
export function toPlanInput(request: RouteRequest, snapshot: Snapshot, draw: number | null): PlanInput {
  const { catalog, policy, measuresOf } = snapshot;
  return {
    plannerVersion: PLANNER_VERSION,
    draw,
    request: {
      taskType: request.taskType,
      estimatedInputTokens: estimateInputTokens(request),
      maxOutputTokens: request.maxOutputTokens,
      requires: request.requires,
      models: request.models,
      maxCostMicroUsd: request.maxCostMicroUsd,
      timeoutMs: policy.timeoutMs,
      narrowing: narrowingOf(request),
    },
    policy,
    candidates: catalog.models.map(({ key, facts, atsBps }) => ({
      ...facts,
      atsBps: atsBps(request.taskType),
      measures: measuresOf(key),
    })),
  };
}

function narrowingOf({ narrowing, timeoutMs }: RouteRequest): RequestNarrowing | null {
  return timeoutMs === null && Object.keys(narrowing).length === 0 ? null : { policy: narrowing, timeoutMs };
}
