import type { ReasoningEffort } from '../message.ts';

/** The share of an output budget that each effort spends on thinking, percent. */
const thinkingSharePct: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 10,
  low: 20,
  medium: 50,
  high: 80,
  max: 90,
};

/** The fewest tokens that an API with explicit thinking budgets accepts. */
const minThinkingTokens = 1024;

/** Divides an output budget into tokens to think and tokens to answer. */
export interface ReasoningBudget {
  readonly thinkingTokens: number;
  readonly answerTokens: number;
}

/**
 * The division for models that take their effort as a number of tokens. The sum is the budget, so what the plan
 * estimated is what can be spent; undefined when the budget is too small to think and answer.
 */
export function divideBudget(
  outputBudgetTokens: number,
  effort: ReasoningEffort,
): ReasoningBudget | undefined {
  const share = Math.floor((outputBudgetTokens * thinkingSharePct[effort]) / 100);
  const thinkingTokens = Math.max(minThinkingTokens, share);
  const answerTokens = outputBudgetTokens - thinkingTokens;
  return answerTokens < 1 ? undefined : { thinkingTokens, answerTokens };
}

/** Claude models before 4.6 and Gemini models before 3 take a number of thinking tokens; newer ones take an effort. */
export function takesThinkingTokens(modelSlug: string): boolean {
  return /claude-(3-7|(opus|sonnet|haiku)-4($|[-@](0|1|5|2025\d{4})($|[-@])))|gemini-2\.5/.test(modelSlug);
}
