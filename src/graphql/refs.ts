import type { PriceInput } from '../catalog/input.ts';
import type { CatalogModel, CatalogProvider } from '../catalog/model.ts';
import type { PriceEntry } from '../catalog/prices/price.ts';
import type { BreakerView } from '../breakers/breaker-view.ts';
import type { PolicyPatch } from '../policies/change-policy.ts';
import type { TenantPolicy } from '../policies/policy.ts';
import type { DecisionView } from '../routing/record/decision.ts';
import type { Attempt } from '../calls/call.ts';
import type { ProviderAnswer, TokenUsage } from '../providers/provider.ts';
import type { Plan, RankedCandidate } from '../routing/plan/plan.ts';
import type { RouteRefusalData } from '../routing/record/call-end.ts';
import type { RawRouteInput } from '../routing/request/raw-route-input.ts';
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

/** The input type `RoutingPolicyInput`. */
export const RoutingPolicyInputRef = builder.inputRef<PolicyPatch>('RoutingPolicyInput');
/** The type of `ModelPrice`. */
export const ModelPriceRef = builder.objectRef<PriceEntry>('ModelPrice');
/** The input type `ModelPriceInput`. */
export const ModelPriceInputRef = builder.inputRef<RawPrice>('ModelPriceInput');

/** A price as a caller sends it. */
export interface RawPrice extends Omit<PriceInput, 'from'> {
  readonly from?: Date | null | undefined;
}

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

/** The type of `NoEligibleModel`. */
export const NoEligibleModelRef = builder.objectRef<RouteRefusalData>('NoEligibleModel');
/** The type of `AttemptsExhausted`. */
export const AttemptsExhaustedRef = builder.objectRef<RouteRefusalData>('AttemptsExhausted');
/** The type of `DeadlineExceeded`. */
export const DeadlineExceededRef = builder.objectRef<RouteRefusalData>('DeadlineExceeded');

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
