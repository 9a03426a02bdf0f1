import type { CandidateFacts } from '../catalog/catalog-view.ts';

/** The time of one attempt, milliseconds. */
export interface AttemptTime {
  /** The most that its provider is waited for. */
  readonly timeoutMs: number;
  /**
   * Whose limit that is: `own`, the full time of an attempt of this model, after which its provider has had all its
   * time; `share`, shortened so that another candidate still has time; `deadline`, all that is left of the caller's.
   */
  readonly limit: 'own' | 'share' | 'deadline';
  /** What an answer of usual length is expected to take. */
  readonly expectedMs: number;
  /** What the catalog expects of an answer that spends its whole budget. */
  readonly fullAnswerMs: number;
}

/** The base of one attempt's limit, milliseconds, where nothing else is configured. */
export const DEFAULT_ATTEMPT_BASE_MS = 30_000;

/** What each budgeted output token adds to an attempt's limit. */
const MS_PER_BUDGETED_TOKEN = 20;

/** The longest an attempt of a candidate may run: the model's own limit, else the base and its budget's share. */
export function attemptLimitMs(
  { attemptTimeoutMs }: Pick<CandidateFacts, 'attemptTimeoutMs'>,
  outputBudgetTokens: number,
  baseMs: number = DEFAULT_ATTEMPT_BASE_MS,
): number {
  return attemptTimeoutMs ?? baseMs + MS_PER_BUDGETED_TOKEN * outputBudgetTokens;
}

/** What an attempt gets as it starts: half of the remaining time at most, unless nothing can follow it. */
export function attemptTimeMs(limitMs: number, remainingMs: number, isLast: boolean): number {
  return Math.min(limitMs, isLast ? remainingMs : remainingMs / 2);
}

/** What an attempt's time depends on beside its model, milliseconds. */
export interface AttemptTerms {
  readonly outputBudgetTokens: number;
  /** Absent: what the catalog expects of the whole budget. */
  readonly expectedMs?: number;
  readonly baseMs: number;
  /** Of the caller's whole time; absent: as much as one likes. */
  readonly remainingMs?: number;
  /** Nothing can follow it. */
  readonly isLast?: boolean;
}

/** An attempt's time as it starts. */
export function attemptTime(
  model: Speed & Pick<CandidateFacts, 'attemptTimeoutMs'>,
  { outputBudgetTokens, expectedMs, baseMs, remainingMs = Infinity, isLast = true }: AttemptTerms,
): AttemptTime {
  const ownMs = attemptLimitMs(model, outputBudgetTokens, baseMs);
  const timeoutMs = attemptTimeMs(ownMs, remainingMs, isLast);
  const fullMs = fullAnswerMs(model, outputBudgetTokens);
  return {
    timeoutMs,
    limit: timeoutMs >= ownMs ? 'own' : isLast ? 'deadline' : 'share',
    expectedMs: expectedMs ?? fullMs,
    fullAnswerMs: fullMs,
  };
}

/** A model's two expectations of its speed. */
export type Speed = Pick<CandidateFacts, 'expectedFirstTokenMs' | 'expectedMicrosPerOutputToken'>;

/** How long the catalog expects an answer that spends its whole budget to take. */
export function fullAnswerMs(speed: Speed, outputBudgetTokens: number): number {
  return speed.expectedFirstTokenMs + (outputBudgetTokens * speed.expectedMicrosPerOutputToken) / 1000;
}
