import type { Attempt } from '../../calls/call.ts';
import type { TokenUse } from '../../limits/quota.ts';
import { DEFAULT_ANSWER_TOKENS } from '../plan/budget.ts';
import { estimateInputTokens } from '../../providers/estimate-tokens.ts';
import type { RouteRequest } from '../request/request.ts';

/** The tokens that a request may take, as they are reserved before anybody knows which model will answer. */
export function tokensToReserve(request: RouteRequest): number {
  if (request.embedding !== undefined) return estimateInputTokens(request);
  return estimateInputTokens(request) + (request.maxOutputTokens ?? DEFAULT_ANSWER_TOKENS);
}

/** The tokens that a call's attempts took together, as far as their providers have told. */
export function tokensUsed(attempts: readonly Attempt[]): TokenUse {
  const tokens = attempts.reduce(
    (sum, { usage }) => sum + (usage === null ? 0 : usage.inputTokens + usage.outputTokens),
    0,
  );
  return { tokens, exact: !attempts.some(mayHaveWorkedUnseen) };
}

/** An answer whose usage is not told, one that broke off, or one that nobody waited for: it is paid for all the same. */
function mayHaveWorkedUnseen({ status, usage, timeToFirstTokenMs }: Attempt): boolean {
  if (usage !== null) return usage.isEstimated === true;
  return status === 'ok' || status === 'timeout' || status === null || timeToFirstTokenMs !== null;
}
