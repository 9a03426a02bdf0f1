import type { DecisionView } from '../../routing/record/decision.ts';
import { fromScaledInteger } from '../../system/input/decimal.ts';

/** What an answer tells of its decision beside what the client's API has words for. */
export interface AnswerFacts {
  /** By which GraphQL's `routingDecision` finds it. */
  readonly decisionId: string;
  /** The model that answers; null: that is not known yet. */
  readonly model: string | null;
  readonly attempts: number;
  /** Over all attempts, USD; null: not known before the end. */
  readonly costUsd: number | null;
  /** Null: not known before the end. */
  readonly degraded: readonly string[] | null;
}

/** The facts of a decision that has come to its end. */
export function endFacts(view: DecisionView, decisionId: string): AnswerFacts {
  const { modelKey, attempts, costMicroUsd, degraded } = view.decision;
  const costUsd = fromScaledInteger(costMicroUsd ?? 0, 6);
  return { decisionId, model: modelKey, attempts: attempts.length, costUsd, degraded };
}

/** Facts as header fields; what is not known yet is left out. */
export function factHeaders(facts: AnswerFacts): Readonly<Record<string, string>> {
  const { decisionId, model, attempts, costUsd, degraded } = facts;
  return {
    'x-switchyard-decision-id': decisionId,
    'x-switchyard-attempts': String(attempts),
    ...(model !== null && { 'x-switchyard-model': model }),
    ...(costUsd !== null && { 'x-switchyard-cost-usd': costText(costUsd) }),
    ...(degraded !== null && degraded.length > 0 && { 'x-switchyard-degraded': degraded.join(',') }),
  };
}

/** Facts as the object `switchyard` of an answer's body. */
export function factObject({ decisionId, model, attempts, costUsd, degraded }: AnswerFacts) {
  return { decision_id: decisionId, model, attempts, cost_usd: costUsd, degraded: degraded ?? [] };
}

/** Without the exponent that small numbers would have. */
function costText(costUsd: number): string {
  return costUsd.toFixed(6).replace(/\.?0+$/, '') || '0';
}
