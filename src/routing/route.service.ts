import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Clock } from '../system/clock.ts';
import { toHex, type Sha256 } from '../system/digest.ts';
import { actorOf, type Viewer } from '../tenants/viewer.ts';
import type { Decision } from './decision.ts';
import { viewDecision } from './decision-view.ts';
import type { Executor } from './execute.service.ts';
import type { Execution } from './execution.ts';
import { smallestRetryAfterMs } from './plan-route.ts';
import type { PlannedRequest, Planner } from './planner.service.ts';
import type { RawRouteInput } from './raw-route-input.ts';
import type { Recorder } from './record.service.ts';
import { endDecision, toOutcome, type RouteOutcome } from './route-outcome.ts';

/** One routed call. */
export interface RouteCall {
  readonly viewer: Viewer;
  readonly input: RawRouteInput;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** The main job: decide, act, record, answer. */
export interface RouteService {
  /**
   * Routes one call of the viewer's tenant. Whatever the providers do is an outcome; throws InvalidInputError
   * for a bad input, and UnavailableError when the record could not be made durable.
   */
  route(call: RouteCall): Promise<RouteOutcome>;
  /** Routed calls under way. */
  inFlight(): number;
}

/** What routing stands on. */
export interface RouteDependencies {
  readonly planner: Planner;
  readonly executor: Executor;
  readonly recorder: Recorder;
  readonly catalog: () => CatalogView;
  readonly clock: Clock;
  readonly sha256: Sha256;
}

/** Makes the route service. */
export function createRouteService(dependencies: RouteDependencies): RouteService {
  let inFlight = 0;
  return {
    inFlight: () => inFlight,
    async route(call) {
      inFlight += 1;
      try {
        return await route(call, dependencies);
      } finally {
        inFlight -= 1;
      }
    },
  };
}

async function route(call: RouteCall, dependencies: RouteDependencies): Promise<RouteOutcome> {
  const { planner, recorder, clock, sha256 } = dependencies;
  const actor = actorOf(call.viewer);
  const startedMs = clock.monotonicMs();
  const planned = planner.plan(call.viewer.tenantId, call.input);
  const pending = toPending(call.viewer.tenantId, planned, clock.now());
  const promptSha256 = toHex(sha256(JSON.stringify(planned.request.messages)));

  // The first write travels while the provider works; if it fails, the call is not worth finishing.
  const abandon = new AbortController();
  const decided = recorder.decided(pending, { actor, plan: planned.plan, promptSha256 });
  decided.catch((reason: unknown) => abandon.abort(reason));
  const signal = AbortSignal.any([call.signal, abandon.signal]);
  const execution = await act(
    planned,
    { signal, deadlineMs: startedMs + planned.plan.timeoutMs },
    dependencies,
  );
  if (abandon.signal.aborted) await decided;

  const ended = endDecision(pending, execution, clock.now());
  const answerSha256 = execution.end.kind === 'answered' ? digestOf(execution.end.answer, sha256) : null;
  const completed = recorder.completed(ended, { actor, answerSha256 });
  const [, { auditSeq }] = await Promise.all([decided, completed]);
  return toOutcome(viewDecision({ ...ended, auditSeq }, planned.plan), execution);
}

function act(
  planned: PlannedRequest,
  time: { readonly signal: AbortSignal; readonly deadlineMs: number },
  { executor, catalog }: RouteDependencies,
): Promise<Execution> | Execution {
  if (planned.plan.ranked.length === 0) {
    return { attempts: [], end: { kind: 'none_admitted', retryAfterMs: smallestRetryAfterMs(planned.plan) } };
  }
  return executor({ planned, catalog: catalog(), ...time });
}

function toPending(
  tenantId: string,
  { request, decisionId, planInput, plan }: PlannedRequest,
  now: number,
): Decision {
  return {
    id: decisionId,
    tenantId,
    status: 'PENDING',
    workflowId: request.workflowId,
    createdAt: now,
    deadlineAt: now + plan.timeoutMs,
    planInput,
    attempts: [],
    completedAt: null,
    latencyMs: null,
    costMicroUsd: null,
    modelKey: null,
    auditSeq: null,
    degraded: [],
  };
}

/** What the chain keeps of an answer: enough to prove later what was said, nothing that says it. */
function digestOf(
  answer: { readonly text: string; readonly toolCalls: readonly object[] },
  sha256: Sha256,
): string {
  return toHex(sha256(JSON.stringify([answer.text, answer.toolCalls])));
}
