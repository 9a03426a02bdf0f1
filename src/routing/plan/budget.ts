import { costMicroUsd } from '../../catalog/prices/price.ts';
import { USUAL_OUTPUT_TOKENS } from '../../estimates/outcome.ts';
import type { Candidate, RequestFacts } from './plan-input.ts';
import type { Estimates } from './plan.ts';

/** Answer tokens budgeted when the caller names no maximum. */
export const DEFAULT_ANSWER_TOKENS = 4096;

/** The ATS of a model that nobody has measured. */
const UNKNOWN_ATS_BPS = 7500;

/**
 * What calling a candidate for a request would take. A reasoning model's floor comes on top of the answer's
 * tokens, so the budget may exceed what the model can put out: eligibility refuses that (REASONING_FLOOR).
 */
export function estimate(candidate: Candidate, request: RequestFacts): Estimates {
  if (request.embedding !== undefined) return estimateVectors(candidate, request);
  const limit = candidate.maxOutputTokens;
  const floor = candidate.reasoningTokenFloor ?? 0;
  const wanted = request.maxOutputTokens ?? Math.min(DEFAULT_ANSWER_TOKENS, limit - floor);
  const outputBudgetTokens = floor + Math.min(wanted, limit);
  return {
    latencyMs: expectedLatencyMs(candidate, outputBudgetTokens),
    costMicroUsd: costMicroUsd(candidate, {
      inputTokens: request.estimatedInputTokens,
      outputTokens: outputBudgetTokens,
    }),
    atsBps: candidate.atsBps ?? UNKNOWN_ATS_BPS,
    outputBudgetTokens,
    reasoningFloorApplied: floor > 0,
    outputBudgetLowered: wanted > limit,
  };
}

/** Vectors come all at once, and none of their numbers is a token. */
function estimateVectors(candidate: Candidate, { estimatedInputTokens }: RequestFacts): Estimates {
  return {
    latencyMs: expectedLatencyMs(candidate, 0),
    costMicroUsd: costMicroUsd(candidate, { inputTokens: estimatedInputTokens, outputTokens: 0 }),
    atsBps: candidate.atsBps ?? UNKNOWN_ATS_BPS,
    outputBudgetTokens: 0,
    reasoningFloorApplied: false,
    outputBudgetLowered: false,
  };
}

function expectedLatencyMs(candidate: Candidate, outputBudgetTokens: number): number {
  const tokens = Math.min(outputBudgetTokens, USUAL_OUTPUT_TOKENS);
  const micros = candidate.expectedFirstTokenMs * 1000 + tokens * candidate.expectedMicrosPerOutputToken;
  return (candidate.measures.latencyRatioPermille * micros) / 1_000_000;
}
