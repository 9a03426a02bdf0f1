import { reasoningEfforts, type ReasoningEffort } from '../../message.ts';
import type { ProviderRequest } from '../../provider.ts';
import { divideBudget, type ReasoningBudget } from '../reasoning-budget.ts';

/** How hard a model is asked to think. */
export interface AdaptedEffort {
  /** Absent: nothing is said of it. */
  readonly effort?: ReasoningEffort;
  /** Absent: the model takes an effort, or does not think. */
  readonly budget?: ReasoningBudget;
  readonly notices: readonly string[];
}

/** How a provider takes efforts. */
export interface EffortRule {
  /** As a number of tokens. */
  readonly takesTokens: boolean;
  /** Thinking by such a number and a tool that must be called exclude each other, and the tool is what was demanded. */
  readonly excludesForcing: boolean;
  /** What a model takes of which the catalog says nothing; null: any may be tried. */
  readonly usual: readonly ReasoningEffort[] | null;
  /** What would take the call's bound away, and is not asked for. */
  readonly unbounded: readonly ReasoningEffort[];
}

/** The effort nearest to the wished one that a model takes. */
export function adaptEffort(
  request: ProviderRequest,
  { takesTokens, excludesForcing, usual, unbounded }: EffortRule,
): AdaptedEffort {
  const { reasoningEffort: wished, outputBudgetTokens, toolChoice, traits } = request;
  if (wished === undefined) return { notices: [] };
  const efforts = without(traits?.efforts ?? usual, unbounded);
  const effort = efforts === null ? wished : nearestEffort(wished, efforts);
  if (effort === undefined) return { notices: ['The reasoning effort was left out: the model takes none.'] };
  const notices = effort === wished ? [] : [noticeOf(wished, effort)];
  if (!takesTokens) return { effort, notices };
  if (effort === 'none')
    return { effort, budget: { thinkingTokens: 0, answerTokens: outputBudgetTokens }, notices };
  if (excludesForcing && (toolChoice?.mode === 'required' || toolChoice?.mode === 'tool')) {
    return {
      notices: ['The reasoning effort was left out: the model cannot think when it must call a tool.'],
    };
  }
  const budget = divideBudget(outputBudgetTokens, effort);
  if (budget === undefined) {
    return {
      notices: ['The reasoning effort was left out: the output budget is too small to think and answer.'],
    };
  }
  return { effort, budget, notices };
}

function without(
  efforts: readonly ReasoningEffort[] | null,
  unbounded: readonly ReasoningEffort[],
): readonly ReasoningEffort[] | null {
  if (unbounded.length === 0) return efforts;
  return (efforts ?? reasoningEfforts).filter((effort) => !unbounded.includes(effort));
}

/** The nearest of these efforts, of two equally near the lesser; undefined: there is none. One that thinks stays one that does where that can be. */
export function nearestEffort(
  wished: ReasoningEffort,
  efforts: readonly ReasoningEffort[],
): ReasoningEffort | undefined {
  if (efforts.includes(wished)) return wished;
  const thinking = efforts.filter((effort) => effort !== 'none');
  const place = (effort: ReasoningEffort) => reasoningEfforts.indexOf(effort);
  const distance = (effort: ReasoningEffort) => Math.abs(place(effort) - place(wished));
  return (thinking.length > 0 ? thinking : efforts).toSorted(
    (a, b) => distance(a) - distance(b) || place(a) - place(b),
  )[0];
}

function noticeOf(wished: ReasoningEffort, effort: ReasoningEffort): string {
  return wished === 'none'
    ? `The model cannot be asked not to reason: it was asked for its least effort, ${effort}.`
    : `The reasoning effort ${wished} was asked as ${effort}, the nearest that the model takes.`;
}
