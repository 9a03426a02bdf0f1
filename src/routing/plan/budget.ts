import type { Candidate, RequestFacts } from './plan-input.ts';
import type { Estimates } from './plan.ts';

/** Answer tokens budgeted when the caller names no maximum. */
export const DEFAULT_ANSWER_TOKENS = 4096;

/** Output tokens beyond which an answer's length no longer counts for its expected latency. */
const LATENCY_TOKENS = 500;

/** The ATS of a model that nobody has measured. */
const UNKNOWN_ATS_BPS = 7500;

/**
 * What calling a candidate for a request would take. A reasoning model's floor comes on top of the answer's
 * tokens, so the budget may exceed what the model can put out: eligibility refuses that (REASONING_FLOOR).
 */
export function estimate(candidate: Candidate, request: RequestFacts): Estimates {
  const limit = candidate.maxOutputTokens;
  const floor = candidate.reasoningTokenFloor ?? 0;
  const wanted = request.maxOutputTokens ?? Math.min(DEFAULT_ANSWER_TOKENS, limit - floor);
  const outputBudgetTokens = floor + Math.min(wanted, limit);
  return {
    latencyMs: expectedLatencyMs(candidate, outputBudgetTokens),
    costMicroUsd: costMicroUsd(candidate, request.estimatedInputTokens, outputBudgetTokens),
    atsBps: candidate.atsBps ?? UNKNOWN_ATS_BPS,
    outputBudgetTokens,
    reasoningFloorApplied: floor > 0,
    outputBudgetLowered: wanted > limit,
  };
}

/** The two prices of a model. */
export type Prices = Pick<Candidate, 'inputMicroUsdPerMillionTokens' | 'outputMicroUsdPerMillionTokens'>;

/** Integer micro-USD, rounded up: nothing that has a price is ever estimated or billed as free. */
export function costMicroUsd(prices: Prices, inputTokens: number, outputTokens: number): number {
  const input = inputTokens * prices.inputMicroUsdPerMillionTokens;
  const output = outputTokens * prices.outputMicroUsdPerMillionTokens;
  // What is recorded can be no more.
  return Math.min(Math.ceil((input + output) / 1_000_000), Number.MAX_SAFE_INTEGER);
}

function expectedLatencyMs(candidate: Candidate, outputBudgetTokens: number): number {
  const tokens = Math.min(outputBudgetTokens, LATENCY_TOKENS);
  const micros = candidate.expectedFirstTokenMs * 1000 + tokens * candidate.expectedMicrosPerOutputToken;
  return (candidate.measures.latencyRatioPermille * micros) / 1_000_000;
}
