import type { InputIssue } from '../system/expected-error.ts';
import type { CatalogModel, CatalogProvider } from '../catalog/model.ts';
import type { BreakerView } from '../breakers/breaker-view.ts';
import type { TenantPolicy } from '../policies/policy.ts';
import type { DecisionView } from '../routing/decision.ts';
import type { FailureClass } from '../providers/failure.ts';
import type { Attempt } from '../calls/call.ts';
import type { ProviderAnswer, TokenUsage } from '../providers/provider.ts';
import type { Plan, RankedCandidate } from '../routing/plan.ts';
import type { RawRouteInput } from '../routing/raw-route-input.ts';
import { builder } from './builder.ts';

// Every object type that several capabilities name or add fields to. Types that are rows of their own
// (Tenant, ApiKey, AuditEntry) are Prisma objects and are named by their model instead.

/** The type of `Provider`. */
export const ProviderRef = builder.objectRef<CatalogProvider>('Provider');
/** The type of `Model`. */
export const ModelRef = builder.objectRef<CatalogModel>('Model');
/** The type of `CircuitBreaker`. */
export const CircuitBreakerRef = builder.objectRef<BreakerView>('CircuitBreaker');
/** The type of `TenantRoutingPolicy`. */
export const TenantRoutingPolicyRef = builder.objectRef<TenantPolicy>('TenantRoutingPolicy');
/** The type of `RoutingDecision`. */
export const RoutingDecisionRef = builder.objectRef<DecisionView>('RoutingDecision');

/** The input type `RouteInput`. */
export const RouteInputRef = builder.inputRef<RawRouteInput>('RouteInput');
/** The type of `RoutingPlan`. */
export const RoutingPlanRef = builder.objectRef<Plan>('RoutingPlan');
/** The type of `RankedCandidate`. */
export const RankedCandidateRef = builder.objectRef<RankedCandidate>('RankedCandidate');
/** The type of `Attempt`. */
export const AttemptRef = builder.objectRef<Attempt>('Attempt');
/** The type of `Usage`. */
export const UsageRef = builder.objectRef<PricedUsage>('Usage');

/** The type of `Completion`. */
export const CompletionRef = builder.objectRef<RoutedAnswer>('Completion');

/** A provider's answer with the model that gave it and what it cost, integer micro-USD. */
export interface RoutedAnswer {
  readonly answer: ProviderAnswer;
  readonly modelKey: string;
  readonly costMicroUsd: number;
}

/** Tokens and what they cost, integer micro-USD. */
export interface PricedUsage extends TokenUsage {
  readonly costMicroUsd: number;
}

/** What every refusal that a client can act on looks like inside; `refusal` names its GraphQL type. */
export interface RefusalData {
  readonly refusal: string;
  readonly message: string;
  readonly code: ErrorCodeName;
}

/** The values of the enum ErrorCode. */
export type ErrorCodeName = (typeof errorCodes)[number];

/** Every code of a refusal, in `errors[].extensions.code` and in union members alike. */
export const errorCodes = [
  'INVALID_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'FORBIDDEN',
  'NO_ELIGIBLE_MODEL',
  'ATTEMPTS_EXHAUSTED',
  'DEADLINE_EXCEEDED',
  'INVALID_REQUEST',
  'CONTENT_FILTERED',
  'UNAVAILABLE',
  'SLOW_CONSUMER',
  'UNAUTHENTICATED',
  'RATE_LIMITED',
  'STREAM_INTERRUPTED',
  'CURSOR_EXPIRED',
  'INTERNAL',
] as const;

/** A refusal that names the broken rules of the input. */
export interface InvalidInputData extends RefusalData {
  readonly issues: readonly InputIssue[];
}

/** A refusal that tells the row's present version. */
export interface ConflictData extends RefusalData {
  readonly current: number | null;
  /** The row, by its GraphQL type and id. */
  readonly node: { readonly type: string; readonly id: string } | null;
}

/** A refusal that tells when to come back. */
export interface RetryableData extends RefusalData {
  readonly retryAfterMs: number | null;
}

/** A refusal of a routed call that was decided and recorded. */
export interface RouteRefusalData extends RetryableData {
  readonly decision: DecisionView;
  readonly failureClass: FailureClass | null;
}
