import type { CandidateFacts } from '../catalog/catalog-view.ts';

/** The base of one attempt's limit, milliseconds, where nothing else is configured. */
export const defaultAttemptBaseMs = 30_000;

/** What each budgeted output token adds to an attempt's limit. */
const msPerBudgetedToken = 20;

/** The longest an attempt of a candidate may run: the model's own limit, else the base and its budget's share. */
export function attemptLimitMs(
  { attemptTimeoutMs }: Pick<CandidateFacts, 'attemptTimeoutMs'>,
  outputBudgetTokens: number,
  baseMs: number = defaultAttemptBaseMs,
): number {
  return attemptTimeoutMs ?? baseMs + msPerBudgetedToken * outputBudgetTokens;
}

/** What an attempt gets as it starts: half of the remaining time at most, unless nothing can follow it. */
export function attemptTimeMs(limitMs: number, remainingMs: number, isLast: boolean): number {
  return Math.min(limitMs, isLast ? remainingMs : remainingMs / 2);
}

/** A model's two expectations of its speed. */
export type Speed = Pick<CandidateFacts, 'expectedFirstTokenMs' | 'expectedMicrosPerOutputToken'>;

/** How long the catalog expects an answer that spends its whole budget to take. */
export function fullAnswerMs(speed: Speed, outputBudgetTokens: number): number {
  return speed.expectedFirstTokenMs + (outputBudgetTokens * speed.expectedMicrosPerOutputToken) / 1000;
}
