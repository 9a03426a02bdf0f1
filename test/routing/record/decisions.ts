import type { Attempt } from '../../../src/calls/call.ts';
import type { Decision } from '../../../src/routing/record/decision.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import type { DecidedFacts } from '../../../src/routing/record/record-entries.ts';
import { createNodeRandom } from '../../../src/system/random.node.ts';
import { candidate, planInput } from '../plan/plan-inputs.ts';

export const random = createNodeRandom(() => Date.now());

/** A decision over three models, of which two are eligible, that waits for its end. */
export function pendingDecision(overrides: Partial<Decision> = {}): Decision {
  const createdAt = overrides.createdAt ?? 1_700_000_000_000;
  return {
    id: random.uuid(),
    tenantId: random.uuid(),
    status: 'PENDING',
    workflowId: null,
    createdAt,
    deadlineAt: createdAt + 60_000,
    planInput: planInput([
      candidate('anthropic/claude'),
      candidate('openai/gpt'),
      candidate('openai/vetoed', { complianceScorePct: 10 }),
    ]),
    attempts: [],
    completedAt: null,
    latencyMs: null,
    costMicroUsd: null,
    modelKey: null,
    auditSeq: null,
    degraded: [],
    ...overrides,
  };
}

const failedAttempt: Attempt = {
  position: 1,
  providerSlug: 'anthropic',
  modelSlug: 'claude',
  status: 'retriable_error',
  failureClass: 'SERVER_ERROR',
  message: 'the provider answered 503',
  httpStatus: 503,
  startedAt: 1_700_000_000_010,
  latencyMs: 40,
  timeToFirstTokenMs: null,
  retryAfterMs: 1000,
  usage: null,
  costMicroUsd: null,
};

const goodAttempt: Attempt = {
  position: 2,
  providerSlug: 'openai',
  modelSlug: 'gpt',
  status: 'ok',
  failureClass: null,
  message: null,
  httpStatus: null,
  startedAt: 1_700_000_000_050,
  latencyMs: 900,
  timeToFirstTokenMs: null,
  retryAfterMs: null,
  usage: { inputTokens: 100, outputTokens: 20, reasoningTokens: 0 },
  costMicroUsd: 65,
};

/** The same decision after a failed attempt and a good one. */
export function succeeded(decision: Decision, overrides: Partial<Decision> = {}): Decision {
  return {
    ...decision,
    status: 'SUCCEEDED',
    attempts: [failedAttempt, goodAttempt],
    completedAt: decision.createdAt + 950,
    latencyMs: 950,
    costMicroUsd: 65,
    modelKey: 'openai/gpt',
    ...overrides,
  };
}

/** What is recorded beside a decision when it was made. */
export function decidedFacts(decision: Decision): DecidedFacts {
  return { actor: 'key:test', plan: planRoute(decision.planInput), promptSha256: 'ab'.repeat(32) };
}

/** What is recorded beside a decision when it ended. */
export const completedFacts = { actor: 'key:test', answerSha256: 'cd'.repeat(32) };
