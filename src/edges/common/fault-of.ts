import type { RouteFailure } from '../../routing/record/call-end.ts';
import { contextExcess, type ContextExcess } from '../../routing/plan/context-excess.ts';
import { toRouteRefusal } from '../../routing/record/call-end.ts';
import type { DecisionView } from '../../routing/record/decision.ts';
import { InvalidInputError, type ExpectedError } from '../../system/expected-error.ts';
import { endFaults, errorFaults, type Fault } from './fault.ts';
import { ParameterError, paramOf } from './json-reader.ts';
import { UnknownModelError } from './model-name.ts';

/** The path of a rule of ours that is broken, in an API's own words. */
export type Rename = (path: readonly string[]) => readonly string[];

/** Attempts that a message tells of. */
const TOLD = 3;

/** An expected error as a fault; what else is thrown is a bug, and none. */
export function faultOfError(error: ExpectedError, rename: Rename): Fault {
  const kind = error instanceof UnknownModelError ? 'model_not_found' : errorFaults[error.code];
  const retryAfterMs =
    'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : null;
  const { message } = error;
  if (kind === 'model_not_found') return { kind, message, param: 'model', retryAfterMs };
  if (!(error instanceof InvalidInputError)) return { kind, message, param: null, retryAfterMs };
  const issues = error.issues.map((issue) => ({
    param: paramOf(error instanceof ParameterError ? issue.path : rename(issue.path)),
    message: issue.message,
  }));
  const words = issues.map((issue) =>
    issue.param === '' ? issue.message : `${issue.param}: ${issue.message}`,
  );
  return { kind, message: words.join('; '), param: issues[0]?.param || null, retryAfterMs };
}

/** A routed call without an answer, or with half of one, as a fault. */
export function faultOfEnd(outcome: RouteFailure): Fault {
  const { view, end } = outcome;
  const { message, retryAfterMs } = toRouteRefusal(outcome);
  if (end.kind === 'refused' && end.failureClass === 'CONTENT_FILTER') {
    return { kind: 'content_filtered', message, param: null, retryAfterMs: null };
  }
  const excess = end.kind === 'none_admitted' ? contextExcess(view.plan(), view.decision.planInput) : null;
  if (excess !== null) {
    return { kind: 'context_exceeded', message: lengthOf(excess), param: null, retryAfterMs: null };
  }
  const row = endFaults[end.kind];
  const kind = isLimited(view) ? row.limited : row.otherwise;
  const more = end.kind === 'exhausted' ? failuresOf(view) : '';
  return { kind, message: message + more, param: null, retryAfterMs };
}

/** Said as OpenAI and Anthropic do: there are clients that read it. */
function lengthOf({ neededTokens, windowTokens }: ContextExcess): string {
  return `prompt is too long: ${neededTokens} tokens > ${windowTokens} maximum. With its output budget it exceeds the maximum context length of every model that may answer.`;
}

/** Whether all that kept a call from an answer were rates of providers. */
function isLimited(view: DecisionView): boolean {
  const { attempts } = view.decision;
  if (attempts.length > 0) return attempts.every(({ failureClass }) => failureClass === 'RATE_LIMITED');
  const { ranked, rejected } = view.plan();
  const passing = rejected.filter(({ retryAfterMs }) => retryAfterMs !== null);
  return (
    ranked.length === 0 && passing.length > 0 && passing.every(({ reason }) => reason === 'RATE_LIMITED')
  );
}

function failuresOf({ decision }: DecisionView): string {
  return decision.attempts
    .slice(-TOLD)
    .map(({ providerSlug, modelSlug, failureClass }) => ` ${providerSlug}/${modelSlug}: ${failureClass}.`)
    .join('');
}
