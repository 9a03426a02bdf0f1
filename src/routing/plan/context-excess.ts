import { estimate } from './budget.ts';
import type { PlanInput } from './plan-input.ts';
import { rejectionReasons, type Plan, type RejectionReason } from './plan.ts';

/** By how much a request is too long for every model that might serve it otherwise, tokens. */
export interface ContextExcess {
  /** Input and output together, as estimated for the model below. */
  readonly neededTokens: number;
  /** The largest window of such a model. */
  readonly windowTokens: number;
}

/** What is examined before the window: such models are not for the request, however short it is. */
const unsuited: readonly RejectionReason[] = rejectionReasons.slice(
  0,
  rejectionReasons.indexOf('CONTEXT_TOO_SMALL'),
);

/**
 * Says that nothing but its length keeps a request from being planned: a shorter one would be, and no waiting helps.
 * Null: something may be called, or something else than windows stands against a model that suits the request.
 */
export function contextExcess(
  { ranked, rejected }: Pick<Plan, 'ranked' | 'rejected'>,
  { request }: Pick<PlanInput, 'request'>,
): ContextExcess | null {
  const suited = rejected.filter(({ reason }) => !unsuited.includes(reason));
  if (ranked.length > 0 || suited.length === 0) return null;
  if (suited.some(({ reason }) => reason !== 'CONTEXT_TOO_SMALL')) return null;
  const { candidate } = suited.reduce((largest, each) =>
    each.candidate.contextWindowTokens > largest.candidate.contextWindowTokens ? each : largest,
  );
  return {
    neededTokens: request.estimatedInputTokens + estimate(candidate, request).outputBudgetTokens,
    windowTokens: candidate.contextWindowTokens,
  };
}
