import type { Attempt } from '../../calls/call.ts';
import type { Plan } from '../plan/plan.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import type { Label } from '../request/request.ts';

export const decisionStatuses = [
  'SUCCEEDED',
  'REFUSED',
  'EXHAUSTED',
  'DEADLINE',
  'CANCELLED',
  'INTERRUPTED',
  'ABANDONED',
  'PENDING',
] as const;

export type DecisionStatus = (typeof decisionStatuses)[number];

export const decisionKinds = ['CALL', 'VOTE'] as const;

export type DecisionKind = (typeof decisionKinds)[number];

/** What was asked for: one answer, or those of several models. */
export function decisionKind({ planInput }: Pick<Decision, 'planInput'>): DecisionKind {
  return planInput.voters === undefined ? 'CALL' : 'VOTE';
}

export const degradedComponents = ['REDIS', 'DATABASE'] as const;

export type DegradedComponent = (typeof degradedComponents)[number];

/** What was decided for one routed call, from what, and what came of it. Instants are milliseconds since the epoch. */
export interface Decision {
  /** A UUID of version 7. */
  readonly id: string;
  readonly tenantId: string;
  readonly status: DecisionStatus;
  readonly workflowId: string | null;
  /** In the caller's order; absent: none. */
  readonly labels?: readonly Label[];
  readonly createdAt: number;
  /** When the caller's whole time ends. */
  readonly deadlineAt: number;
  readonly planInput: PlanInput;
  readonly attempts: readonly Attempt[];
  readonly completedAt: number | null;
  readonly latencyMs: number | null;
  /** Integer micro-USD over all attempts. */
  readonly costMicroUsd: number | null;
  /** The model that really answered. */
  readonly modelKey: string | null;
  /** The place of its completion in the tenant's audit chain. */
  readonly auditSeq: number | null;
  readonly degraded: readonly DegradedComponent[];
}

/** A decision together with its plan, which is derived from `planInput` when first asked for. */
export interface DecisionView {
  readonly decision: Decision;
  /** Throws UnreplayableError when the decision was planned by a planner that this build does not know. */
  plan(): Plan;
}
