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
    timeToFirstTokenMs retryAfterMs usage { inputTokens outputTokens reasoningTokens costUsd }
  }
}`;

/** Routes a call, and asks for all that an answer or a refusal tells. */
export const routeMutation = `mutation ($input: RouteInput!) {
  route(input: $input) {
    __typename
    ... on Error { message code }
    ... on RouteSuccess {
      degraded
      decision { ...Decision }
      completion {
        text finishReason
        toolCalls { id name arguments providerState }
        usage { inputTokens outputTokens reasoningTokens costUsd }
        model { key }
      }
    }
    ... on NoEligibleModel { retryAfterMs decision { ...Decision } }
    ... on AttemptsExhausted { retryAfterMs decision { ...Decision } }
    ... on DeadlineExceeded { decision { ...Decision } }
    ... on RequestRefused { failureClass decision { ...Decision } }
  }
}
${decisionFragment}`;

/** The decision of an id, as `routeMutation` shows it. */
export const decisionQuery = `query ($id: ID!) { routingDecision(id: $id) { ...Decision } }
${decisionFragment}`;

/** What a decision shows that tests look at; the rest is compared as a whole. */
export interface ShownDecision {
  readonly id: string;
  readonly status: string;
  readonly auditSeq: number;
  readonly plan: {
    readonly ranked: readonly object[];
    readonly rejected: readonly { readonly providerSlug: string; readonly reason: string }[];
  };
  readonly attempts: readonly object[];
}

/** An answer of `routeMutation`. */
export interface RouteAnswer {
  readonly __typename: string;
  readonly message?: string;
  readonly completion?: {
    readonly text: string;
    readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  };
  readonly decision: ShownDecision;
}

/** The UUID in the global id of a decision, by which audit entries name it. */
export function decisionUuid({ id }: Pick<ShownDecision, 'id'>): string {
  return Buffer.from(id, 'base64').toString().replace('RoutingDecision:', '');
}
