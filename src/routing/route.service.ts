import type { CatalogView } from '../catalog/catalog-view.ts';
import type { QuotaGrant, QuotaService } from '../limits/quota.service.ts';
import type { Clock } from '../system/clock.ts';
import { toHex, type Sha256 } from '../system/digest.ts';
import { actorOf, type Viewer } from '../tenants/viewer.ts';
import type { CallsUnderWay } from './calls-under-way.ts';
import type { Decision, DegradedComponent } from './decision.ts';
import { viewDecision } from './decision-view.ts';
import type { Executor } from './execute.service.ts';
import type { Execution } from './execution.ts';
import type { Idempotency, KeyHold } from './idempotency.service.ts';
import { canonicalInput } from './idempotency.ts';
import { smallestRetryAfterMs } from './plan-route.ts';
import type { PlannedRequest, Planner } from './planner.service.ts';
import type { RawRouteInput } from './raw-route-input.ts';
import type { Recorder } from './record.service.ts';
import { endDecision, toOutcome, type RouteOutcome } from './route-outcome.ts';
import { tokensToReserve, tokensUsed } from './token-use.ts';

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
   * Routes one call of the viewer's tenant, or answers with what an earlier one with its idempotency key has come
   * to. Whatever the providers do is an outcome; throws InvalidInputError for a bad input, RateLimitedError, with
   * nothing planned or recorded, for a caller that has used up its quota, ConflictError for a key used with another
   * input, and UnavailableError when the record could not be made durable.
   */
  route(call: RouteCall): Promise<RouteOutcome>;
  /** Routed calls under way. */
  inFlight(): number;
  /** Whether a call's decision could be made durable now; a call that comes while it could not is refused. */
  canRecord(): boolean;
}

/** What routing stands on. */
export interface RouteDependencies {
  readonly underWay: CallsUnderWay;
  readonly quota: Pick<QuotaService, 'take'>;
  readonly planner: Planner;
  readonly executor: Executor;
  readonly recorder: Recorder;
  readonly idempotency: Idempotency;
  readonly catalog: () => CatalogView;
  /** What is away at this moment: a call's answer says what was when it ended. */
  readonly degraded: () => readonly DegradedComponent[];
  readonly clock: Clock;
  readonly sha256: Sha256;
}

/** Makes the route service. */
export function createRouteService(dependencies: RouteDependencies): RouteService {
  const { underWay, recorder } = dependencies;
  return {
    inFlight: () => underWay.count(),
    canRecord: () => recorder.state() !== 'refusing',
    route: (call) => underWay.follow(route(call, dependencies)),
  };
}

/** A call with all that was known when it came. */
interface RoutedCall {
  readonly actor: string;
  readonly grant: QuotaGrant;
  readonly planned: PlannedRequest;
  readonly pending: Decision;
  /** When the caller's whole time ends, on the monotonic clock. */
  readonly deadlineMs: number;
}

async function route(call: RouteCall, dependencies: RouteDependencies): Promise<RouteOutcome> {
  const { quota, planner, idempotency, clock, sha256 } = dependencies;
  const { tenantId, keyId } = call.viewer;
  const startedMs = clock.monotonicMs();
  const admitted = planner.admit(tenantId, call.input);
  const { request } = admitted;
  using grant = quota.take(keyId, () => tokensToReserve(request));
  const planned = planner.planAdmitted(admitted);
  const pending = toPending(tenantId, planned, clock.now());
  const deadlineMs = startedMs + planned.plan.timeoutMs;
  const routed = { actor: actorOf(call.viewer), grant, planned, pending, deadlineMs };

  const { decisionId } = planned;
  const key = request.idempotencyKey;
  if (key === null) return await carryOut(routed, { signal: call.signal }, dependencies);
  const inputSha256 = toHex(sha256(canonicalInput(request)));
  return await idempotency.once({ tenantId, key, inputSha256, decisionId, deadlineMs }, (hold) =>
    carryOut(routed, hold, dependencies),
  );
}

async function carryOut(
  { actor, grant, planned, pending, deadlineMs }: RoutedCall,
  { signal: gone, settle }: Pick<KeyHold, 'signal'> & Partial<KeyHold>,
  dependencies: RouteDependencies,
): Promise<RouteOutcome> {
  const { recorder, degraded, clock, sha256 } = dependencies;
  const promptSha256 = toHex(sha256(JSON.stringify(planned.request.messages)));

  // The first write travels while the provider works; if it fails, the call is not worth finishing.
  const abandon = new AbortController();
  const decided = recorder.decided(pending, { actor, plan: planned.plan, promptSha256 });
  decided.catch((reason: unknown) => abandon.abort(reason));
  // The spool may be full: only what has its beginning there may be paid for.
  if (recorder.state() !== 'direct') await decided;
  const signal = AbortSignal.any([gone, abandon.signal]);
  const execution = await act(planned, { signal, deadlineMs }, dependencies);
  grant.settle(tokensUsed(execution.attempts));
  if (abandon.signal.aborted) await decided;

  const ended = { ...endDecision(pending, execution, clock.now()), degraded: degraded() };
  const answerSha256 = execution.end.kind === 'answered' ? digestOf(execution.end.answer, sha256) : null;
  const completed = recorder.completed(ended, { actor, answerSha256 }, settle?.(execution.end));
  const [, recorded] = await Promise.all([decided, completed]);
  return toOutcome(viewDecision(recorded, planned.plan), execution);
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
