import { ask, adminKey, fieldOf, send, type Asked } from './client.ts';

/** A decision with all that the API tells of it. */
const decisionFragment = `fragment Decision on RoutingDecision {
  id cursor tenantId createdAt completedAt latencyMs costUsd status workflowId auditSeq degraded
  model { key }
  policy {
    name version qualityWeight latencyWeight costWeight
    fallbackEnabled fallbackCostPenaltyPct complianceVetoThreshold
  }
  plan {
    timeoutMs
    ranked {
      position providerSlug modelSlug score inPlan notBeforeMs
      contributions { quality latency cost reliability headroom fallbackPenaltyPct }
      estimates { latencyMs costUsd ats outputBudgetTokens reasoningFloorApplied outputBudgetLowered }
    }
    rejected { providerSlug modelSlug reason detail retryAfterMs }
  }
  attempts {
    position providerSlug modelSlug status failureClass message httpStatus startedAt latencyMs
    timeToFirstTokenMs retryAfterMs notices usage { ...Usage }
  }
}
fragment Usage on Usage {
  inputTokens outputTokens reasoningTokens cachedInputTokens cacheWriteTokens costUsd isEstimated
}`;

/** The input of a plain call, with what a test changes about it. */
export const sayHello = (changes: object = {}) => ({
  messages: [{ role: 'USER', content: 'Say hello.' }],
  ...changes,
});

/** A `route` mutation that asks for what an answer is called, an error's words, and this. */
export const routeDocument = (selection: string) => `mutation ($input: RouteInput!) {
  route(input: $input) { __typename ... on Error { message code } ${selection} }
}`;

/** Asks for all that an answer or a refusal tells. */
const wholeDocument = `${routeDocument(`
  ... on RouteSuccess {
    degraded
    decision { ...Decision }
    completion {
      text finishReason
      toolCalls { id name arguments providerState }
      usage { ...Usage }
      model { key }
    }
  }
  ... on NoEligibleModel { retryAfterMs decision { ...Decision } }
  ... on AttemptsExhausted { retryAfterMs decision { ...Decision } }
  ... on DeadlineExceeded { decision { ...Decision } }
  ... on RequestRefused { failureClass decision { ...Decision } }
  ... on RateLimited { retryAfterMs }
  ... on Unavailable { retryAfterMs }
  ... on Conflict { current }`)}
${decisionFragment}`;

const decisionQuery = `query ($id: ID!) { routingDecision(id: $id) { ...Decision } }
${decisionFragment}`;

/** What a decision shows that tests look at; the rest is compared as a whole. */
export interface ShownDecision {
  readonly id: string;
  readonly status: string;
  readonly auditSeq: number;
  readonly degraded: readonly string[];
  readonly plan: {
    readonly ranked: readonly object[];
    readonly rejected: readonly { readonly providerSlug: string; readonly reason: string }[];
  };
  readonly attempts: readonly { readonly providerSlug: string; readonly failureClass: string | null }[];
}

/** An answer of `route`. */
export interface RouteAnswer {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly retryAfterMs?: number | null;
  readonly degraded?: readonly string[];
  readonly completion?: {
    readonly text: string;
    readonly model: { readonly key: string };
    readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  };
  readonly decision: ShownDecision;
}

/** Who calls, if not the admin, and until when. */
export interface Caller {
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** Makes one call. */
export async function route(server: Asked, input: object = {}, caller: Caller = {}): Promise<RouteAnswer> {
  const { key = adminKey, signal } = caller;
  return fieldOf(await send(server.url, key, wholeDocument, { input: sayHello(input) }, signal), 'route');
}

/** What is recorded of a decision. */
export function decisionOf(server: Asked, { id }: Pick<ShownDecision, 'id'>): Promise<ShownDecision> {
  return ask(server, 'routingDecision', decisionQuery, { id });
}

/** The UUID in the global id of a decision, by which audit entries name it. */
export function decisionUuid({ id }: Pick<ShownDecision, 'id'>): string {
  return Buffer.from(id, 'base64').toString().replace('RoutingDecision:', '');
}
