import type { Capability } from '../../catalog/model.ts';
import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { QuotaGrant, QuotaService } from '../../limits/quota.service.ts';
import type { Clock } from '../../system/clock.ts';
import { toHex, type Sha256 } from '../../system/digest.ts';
import { actorOf, type Viewer } from '../../tenants/viewer.ts';
import type { AdmittedRequest } from '../request/admit.ts';
import type { Decision, DegradedComponent } from '../record/decision.ts';
import { viewDecision } from '../record/decision-view.ts';
import type { Execution, ExecutionEnd } from '../act/execution.ts';
import type { Idempotency, KeyHold } from '../once/idempotency.service.ts';
import { canonicalInput } from '../once/idempotency.ts';
import { smallestRetryAfterMs } from '../plan/plan-route.ts';
import type { PlannedRequest, Planner } from '../plan/planner.service.ts';
import type { RawRouteInput } from '../request/raw-route-input.ts';
import type { Recorder } from '../record/record.service.ts';
import { endDecision, toOutcome, type RouteOutcome } from '../record/route-outcome.ts';
import { tokensToReserve, tokensUsed } from './token-use.ts';
import type { ExecutionOrder } from '../act/walk-plan.service.ts';

/** One routed call. */
export interface RouteCall {
  readonly viewer: Viewer;
  readonly input: RawRouteInput;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** What carrying out any routed call stands on. */
export interface CallDependencies {
  readonly quota: Pick<QuotaService, 'take'>;
  readonly planner: Planner;
  readonly recorder: Recorder;
  readonly idempotency: Idempotency;
  readonly catalog: () => CatalogView;
  /** What is away at this moment: a call's answer says what was when it ended. */
  readonly degraded: () => readonly DegradedComponent[];
  readonly clock: Clock;
  readonly sha256: Sha256;
}

/** A decision that is to be acted on. */
export interface ActOrder {
  readonly order: ExecutionOrder;
  /** The decision as it is being recorded. */
  readonly pending: Decision;
  /** Whether its record is durable, once that is known; if not, `order.signal` has aborted by then. Never rejects. */
  readonly durable: Promise<boolean>;
}

/** Has the plan carried out, whole or as a stream. Never rejects. */
export type Act = (decided: ActOrder) => Promise<Execution>;

/**
 * The way of every routed call, from its input to what it has come to: quota, plan, idempotency key, record, act,
 * record. `act` is called by the one call of several with the same key that wins it, after it was planned; with
 * `alsoRequires`, its model can do that as well. Throws as `RouteService.route` says.
 */
export async function carryOut(
  call: RouteCall & { readonly alsoRequires?: Capability },
  act: Act,
  dependencies: CallDependencies,
): Promise<RouteOutcome> {
  const { quota, planner, idempotency, clock, sha256 } = dependencies;
  const { tenantId, keyId } = call.viewer;
  const startedMs = clock.monotonicMs();
  const admitted = planner.admit(tenantId, call.input);
  const { request } = admitted;
  using grant = quota.take(keyId, () => tokensToReserve(request));
  const planned = planner.planAdmitted(withCapability(admitted, call.alsoRequires));
  const pending = toPending(tenantId, planned, clock.now());
  const deadlineMs = startedMs + planned.plan.timeoutMs;
  const routed = { actor: actorOf(call.viewer), grant, planned, pending, deadlineMs, act };

  const { decisionId } = planned;
  const key = request.idempotencyKey;
  if (key === null) return await actAndRecord(routed, { signal: call.signal }, dependencies);
  // Of the caller's own words: the same input is the same call, however its answer is to come.
  const inputSha256 = toHex(sha256(canonicalInput(request)));
  return await idempotency.once({ tenantId, key, inputSha256, decisionId, deadlineMs }, (hold) =>
    actAndRecord(routed, hold, dependencies),
  );
}

/** A call with all that was known when it came. */
interface RoutedCall {
  readonly actor: string;
  readonly grant: QuotaGrant;
  readonly planned: PlannedRequest;
  readonly pending: Decision;
  /** When the caller's whole time ends, on the monotonic clock. */
  readonly deadlineMs: number;
  readonly act: Act;
}

async function actAndRecord(
  { actor, grant, planned, pending, deadlineMs, act }: RoutedCall,
  { signal: gone, settle }: Pick<KeyHold, 'signal'> & Partial<KeyHold>,
  { recorder, catalog, degraded, clock, sha256 }: CallDependencies,
): Promise<RouteOutcome> {
  const { plan } = planned;
  const promptSha256 = toHex(sha256(JSON.stringify(planned.request.messages)));

  // The first write travels while the provider works; if it fails, the call is not worth finishing.
  const abandon = new AbortController();
  const decided = recorder.decided(pending, { actor, plan, promptSha256 });
  decided.catch((reason: unknown) => abandon.abort(reason));
  const durable = decided.then(
    () => true,
    () => false,
  );
  // The spool may be full: only what has its beginning there may be paid for.
  if (recorder.state() !== 'direct') await decided;
  const signal = AbortSignal.any([gone, abandon.signal]);
  const order = { planned, catalog: catalog(), deadlineMs, signal };
  const execution =
    plan.ranked.length === 0 ? nothingRanked(planned) : await act({ order, pending, durable });
  grant.settle(tokensUsed(execution.attempts));
  if (abandon.signal.aborted) await decided;

  const ended = { ...endDecision(pending, execution, clock.now()), degraded: degraded() };
  const facts = { actor, answerSha256: digestOf(execution.end, sha256) };
  const completed = recorder.completed(ended, facts, settle?.(execution.end));
  const [, recorded] = await Promise.all([decided, completed]);
  return toOutcome(viewDecision(recorded, plan), execution);
}

function nothingRanked({ plan }: PlannedRequest): Execution {
  return { attempts: [], end: { kind: 'none_admitted', retryAfterMs: smallestRetryAfterMs(plan) } };
}

function withCapability(
  { request, policy }: AdmittedRequest,
  capability: Capability | undefined,
): AdmittedRequest {
  if (capability === undefined || request.requires.includes(capability)) return { request, policy };
  return { request: { ...request, requires: [...request.requires, capability] }, policy };
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
function digestOf(end: ExecutionEnd, sha256: Sha256): string | null {
  if (end.kind === 'answered') {
    return toHex(sha256(JSON.stringify([end.answer.text, end.answer.toolCalls])));
  }
  if (end.kind !== 'interrupted' || end.deliveredText === '') return null;
  return toHex(sha256(JSON.stringify([end.deliveredText, []])));
}
