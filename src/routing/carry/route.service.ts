import type { Capability } from '../../catalog/model.ts';
import type { QuotaGrant, QuotaService } from '../../limits/quota.service.ts';
import { bytesOfVectors } from '../../providers/embedding.ts';
import { onAbort } from '../../system/abort.ts';
import type { Clock } from '../../system/clock.ts';
import { RETRY_SOON_MS, UnavailableError } from '../../system/expected-error.ts';
import type { Sha256 } from '../../system/digest.ts';
import type { UnderWay } from '../../system/under-way.ts';
import { actorOf, type Viewer } from '../../tenants/viewer.ts';
import type { CallEnd, Execution } from '../act/execution.ts';
import type { RoutedCall } from '../act/routed-call.ts';
import type { Idempotency } from '../once/idempotency.service.ts';
import { canonicalInput } from '../once/idempotency.ts';
import { mostAttempts, smallestRetryAfterMs } from '../plan/plan-route.ts';
import type { Planner } from '../plan/planner.service.ts';
import {
  endDecision,
  isSuccess,
  isVoted,
  pendingDecision,
  toOutcome,
  type EndedCall,
  type RouteOutcome,
  type VoteOutcome,
} from '../record/call-end.ts';
import type { DegradedComponent } from '../record/decision.ts';
import { viewDecision } from '../record/decision-view.ts';
import type { Recorder } from '../record/record.service.ts';
import type { RawRouteInput } from '../request/raw-route-input.ts';
import type { RouteRequest } from '../request/request.ts';
import type { Sessions } from '../session/sessions.service.ts';
import { enterTimes, type CallRoom } from './call-room.ts';
import { tokensToReserve, tokensUsed } from './token-use.ts';

/** One call that a caller wants to be routed. */
export interface RouteCall {
  readonly viewer: Viewer;
  readonly input: RawRouteInput;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/**
 * Has the plan carried out, whole or as a stream. Never rejects. `durable` never does either: whether the decision's
 * record is durable, once that is known; if not, the call's signal has aborted by then.
 */
export type Act = (call: RoutedCall, durable: Promise<boolean>) => Promise<Execution>;

/** The main job: decide, act, record, answer. */
export interface RouteService {
  /**
   * Routes one call of the viewer's tenant, or answers with what an earlier one with its idempotency key has come
   * to. Whatever the providers do is an outcome; throws InvalidInputError for a bad input, RateLimitedError, with
   * nothing planned or recorded, for a caller that has used up its quota, ConflictError for a key used with another
   * input, and UnavailableError when the record could not be made durable, or, with nothing planned or recorded, while
   * the instance carries as many calls as it can.
   */
  route(call: RouteCall): Promise<RouteOutcome>;
  /**
   * The same for a call whose answer comes in another way: `act` is called by the one call of several with the same
   * key that wins it, after it was planned over models that have the capability.
   */
  carryOut(call: RouteCall, act: Act, capability: Capability): Promise<RouteOutcome>;
  /**
   * The same for a request that several models answer at once: `act` has the voters of the plan called. It counts as
   * so many calls as there may be voters, by the number asked for and the policy. A session plays no part in it.
   */
  carryVote(call: RouteCall, act: Act, voters: number): Promise<VoteOutcome>;
  /** Routed calls under way. */
  inFlight(): number;
  /** Whether a call's decision could be made durable now; a call that comes while it could not is refused. */
  canRecord(): boolean;
  /** How many records this instance has set aside, because the database refuses them for what is in them. */
  recordsSetAside(): number;
}

/** What routing stands on. */
export interface RouteDependencies {
  readonly room: CallRoom;
  readonly quota: Pick<QuotaService, 'take'>;
  readonly planner: Planner;
  readonly recorder: Recorder;
  readonly idempotency: Idempotency;
  readonly sessions: Pick<Sessions, 'answered'>;
  readonly underWay: UnderWay;
  /** Has a plan carried out by calls whose answer comes as a whole. */
  readonly execute: (call: RoutedCall) => Promise<Execution>;
  /** What is away at this moment: a call's answer says what was when it ended. */
  readonly degraded: () => readonly DegradedComponent[];
  readonly clock: Clock;
  readonly sha256: Sha256;
}

/** How a call differs from others on the same way. */
interface Way {
  readonly act: Act;
  /** What its models must have beside what it asks for. */
  readonly capability?: Capability;
  /** How many models are asked at once; absent: one answer is wanted. */
  readonly voters?: number;
}

/** Makes the way of every routed call: room, quota, plan, idempotency key, record, act, record. */
export function createRouteService(dependencies: RouteDependencies): RouteService {
  const { room, quota, planner, recorder, idempotency, sessions, underWay } = dependencies;
  const { execute, degraded, clock, sha256 } = dependencies;

  async function carry({ viewer, input, signal }: RouteCall, way: Way): Promise<EndedCall> {
    const { capability, voters } = way;
    const startedMs = clock.monotonicMs();
    const admitted = planner.admit(viewer.tenantId, input);
    const { request } = admitted;
    const prompt = promptOf(request);
    const calls = voters === undefined ? 1 : Math.min(voters, mostAttempts(admitted.policy));
    using place = enterTimes(room, calls, prompt.length + toolsLength(request) + vectorsLength(request));
    if (place === null) throw new UnavailableError(FULL, RETRY_SOON_MS);
    using grant = quota.take(viewer.keyId, () => tokensToReserve(request), calls);
    const planned =
      voters === undefined
        ? planner.planAdmitted({ ...admitted, request: requiring(request, capability) })
        : planner.planVoteOf({ ...admitted, request: { ...request, sessionId: null } }, voters);
    const own = new AbortController();
    // Of the caller's own words: the same input is the same call, however its answer is to come.
    const name = request.idempotencyKey;
    const key = name === null ? null : { name, inputSha256: sha256.hex(canonicalInput(request, voters)) };
    const routed: RoutedCall = {
      ...planned,
      key,
      actor: actorOf(viewer),
      promptSha256: sha256.hex(prompt),
      createdAt: clock.now(),
      startedMs,
      deadlineMs: startedMs + planned.plan.timeoutMs,
      signal: own.signal,
      abort: (reason) => own.abort(reason),
    };
    // A signal that follows two others costs several times what listening to one does.
    using _leaving = key === null ? onAbort(signal, () => own.abort(signal.reason)) : undefined;
    return await idempotency.once(routed, () => actAndRecord(routed, way, grant));
  }

  async function actAndRecord(call: RoutedCall, way: Way, grant: QuotaGrant): Promise<EndedCall> {
    const { plan, actor } = call;
    const pending = pendingDecision(call);
    // The first write travels while the provider works; if it fails, the call is not worth finishing. A stream hands
    // nothing on before.
    const decided = recorder.decided(pending, call, way.capability === 'STREAMING');
    let isLost = false;
    const durable = decided.then(
      () => true,
      (reason: unknown) => {
        isLost = true;
        call.abort(reason);
        return false;
      },
    );
    // The spool may be full: only what has its beginning there may be paid for.
    if (recorder.state() !== 'direct') await decided;
    const execution: Execution =
      plan.ranked.length > 0
        ? await way.act(call, durable)
        : { attempts: [], end: { kind: 'none_admitted', retryAfterMs: smallestRetryAfterMs(plan) } };
    grant.settle(tokensUsed(execution.attempts));
    noteAnswer(call, execution);
    if (isLost) await decided;

    const { end } = execution;
    const elapsedMs = clock.monotonicMs() - call.startedMs;
    const ended = { ...endDecision(pending, execution, elapsedMs), degraded: degraded() };
    const facts = { actor, answerSha256: digestOf(end, sha256) };
    const completed = recorder.completed(ended, facts, idempotency.settlementOf(call, end));
    const [, recorded] = await Promise.all([decided, completed]);
    return toOutcome(viewDecision(recorded, plan), end);
  }

  /** The session stays with who has answered it. */
  function noteAnswer({ tenantId, request: { sessionId } }: RoutedCall, { end }: Execution): void {
    if (sessionId !== null && end.kind === 'answered')
      sessions.answered({ tenantId, sessionId }, end.modelKey);
  }

  return {
    inFlight: () => underWay.count(),
    canRecord: () => recorder.state() !== 'refusing',
    recordsSetAside: () => recorder.setAside(),
    route: async (call) => asRouted(await underWay.follow(carry(call, { act: execute }))),
    carryOut: async (call, act, capability) =>
      asRouted(await underWay.follow(carry(call, { act, capability }))),
    carryVote: async (call, act, voters) => asVoted(await underWay.follow(carry(call, { act, voters }))),
  };
}

const FULL = 'This instance carries as many calls as it can.';

/** What a model reads, as the text that the chain keeps the digest of. */
function promptOf({ messages, embedding }: RouteRequest): string {
  return JSON.stringify(embedding === undefined ? messages : embedding.inputs);
}

/** Numbers of a vector where nobody has said how many. */
const USUAL_DIMENSIONS = 3072;

/** How much larger than its request an answer of vectors is: a number is eight bytes, and some more as text. */
function vectorsLength({ embedding }: RouteRequest): number {
  return embedding === undefined
    ? 0
    : embedding.inputs.length * (embedding.dimensions ?? USUAL_DIMENSIONS) * 8;
}

/** How much text the tools and the form of an answer are. */
function toolsLength({ tools, responseFormat }: RouteRequest): number {
  if (tools.length === 0 && responseFormat.type === 'text') return 0;
  return JSON.stringify([tools, responseFormat]).length;
}

function requiring(request: RouteRequest, capability: Capability | undefined): RouteRequest {
  if (capability === undefined || request.requires.includes(capability)) return request;
  return { ...request, requires: [...request.requires, capability] };
}

// A key says what it was used for: neither is ever answered with what the other has come to.

function asRouted(outcome: EndedCall): RouteOutcome {
  if (isVoted(outcome)) throw new Error('A call was answered with a vote');
  return outcome;
}

function asVoted(outcome: EndedCall): VoteOutcome {
  if (isSuccess(outcome)) throw new Error('A vote was answered with a call');
  return outcome;
}

/** What the chain keeps of an answer: enough to prove later what was said, nothing that says it. */
function digestOf(end: CallEnd, sha256: Sha256): string | null {
  if (end.kind === 'answered') {
    const { vectors } = end.answer;
    if (vectors !== undefined) return sha256.hex(bytesOfVectors(vectors));
    return sha256.hex(JSON.stringify([end.answer.text, end.answer.toolCalls]));
  }
  if (end.kind === 'voted') {
    const said = end.answers.map((answer) => answer && [answer.text, answer.toolCalls]);
    return sha256.hex(JSON.stringify(said));
  }
  if (end.kind !== 'interrupted' || end.deliveredText === '') return null;
  return sha256.hex(JSON.stringify([end.deliveredText, []]));
}
