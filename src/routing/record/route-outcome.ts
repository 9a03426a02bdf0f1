import type { FailureClass } from '../../providers/failure.ts';
import type { ProviderAnswer } from '../../providers/provider.ts';
import type { Decision, DecisionStatus, DecisionView } from './decision.ts';
import type { Execution } from '../act/execution.ts';

/** What a routed call comes to. */
export type RouteOutcome =
  | {
      readonly kind: 'success';
      readonly view: DecisionView;
      readonly answer: ProviderAnswer;
      readonly modelKey: string;
      readonly costMicroUsd: number;
    }
  | (Refused & {
      readonly kind: 'no_eligible_model' | 'attempts_exhausted';
      readonly retryAfterMs: number | null;
    })
  | (Refused & { readonly kind: 'deadline_exceeded' | 'cancelled' })
  | (Refused & { readonly kind: 'request_refused' | 'interrupted'; readonly failureClass: FailureClass });

interface Refused {
  readonly view: DecisionView;
  readonly message: string;
}

/** A pending decision as it stands when its execution has ended. */
export function endDecision(pending: Decision, { attempts, end }: Execution, completedAt: number): Decision {
  const costs = attempts.map((attempt) => attempt.costMicroUsd ?? 0);
  return {
    ...pending,
    attempts,
    status: statusOf(end.kind),
    completedAt,
    latencyMs: Math.max(0, completedAt - pending.createdAt),
    costMicroUsd: costs.reduce((sum, cost) => sum + cost, 0),
    modelKey: end.kind === 'answered' ? end.modelKey : null,
  };
}

function statusOf(end: Execution['end']['kind']): DecisionStatus {
  switch (end) {
    case 'answered':
      return 'SUCCEEDED';
    case 'none_admitted':
    case 'refused':
      return 'REFUSED';
    case 'exhausted':
      return 'EXHAUSTED';
    case 'deadline':
      return 'DEADLINE';
    case 'cancelled':
      return 'CANCELLED';
    case 'interrupted':
      return 'INTERRUPTED';
  }
}

/** The outcome that an ended execution means to its caller. */
export function toOutcome(view: DecisionView, { attempts, end }: Execution): RouteOutcome {
  switch (end.kind) {
    case 'answered': {
      const { answer, modelKey } = end;
      return { kind: 'success', view, answer, modelKey, costMicroUsd: attempts.at(-1)?.costMicroUsd ?? 0 };
    }
    case 'none_admitted':
      return { kind: 'no_eligible_model', view, message: noneSentence(view), retryAfterMs: end.retryAfterMs };
    case 'exhausted': {
      const message = `Every planned attempt failed (${attempts.length} made).`;
      return { kind: 'attempts_exhausted', view, message, retryAfterMs: end.retryAfterMs };
    }
    case 'deadline':
      return { kind: 'deadline_exceeded', view, message: `No answer within ${view.plan().timeoutMs} ms.` };
    case 'cancelled':
      return { kind: 'cancelled', view, message: 'The caller went away.' };
    case 'refused': {
      const { failureClass } = end;
      return { kind: 'request_refused', view, message: end.message, failureClass };
    }
    case 'interrupted':
      return { kind: 'interrupted', view, message: end.message, failureClass: end.failureClass };
  }
}

function noneSentence(view: DecisionView): string {
  const rejected = view.plan().rejected.length;
  if (rejected === 0) return 'No model may be called: the catalog is empty.';
  return `No model may be called now; the plan says why for each of ${rejected}.`;
}
