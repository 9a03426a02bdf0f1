import type { ReasoningEffort } from '../../providers/message.ts';
import type { JsonReader } from '../common/json-reader.ts';

/** How hard a model is to think, and whether the caller sees what. */
export interface Thinking {
  readonly effort: ReasoningEffort | undefined;
  readonly showsThoughts: boolean;
}

/** The share of `max_tokens` that a thinking budget is at most for each effort, percent. */
const effortShares: readonly (readonly [number, ReasoningEffort])[] = [
  [15, 'minimal'],
  [35, 'low'],
  [65, 'medium'],
  [85, 'high'],
];

const efforts = { low: 'low', medium: 'medium', high: 'high', xhigh: 'max', max: 'max' } as const;

/** The least that Anthropic takes. */
const MIN_BUDGET_TOKENS = 1024;

/** Reads `thinking` and `output_config.effort`. */
export function parseThinking(body: JsonReader): Thinking {
  const thinking = body.object('thinking');
  const word = body.object('output_config')?.oneOf('effort', ['low', 'medium', 'high', 'xhigh', 'max']);
  const told = word === undefined ? undefined : efforts[word];
  if (thinking === undefined) return { effort: told, showsThoughts: true };
  thinking.only(['type', 'budget_tokens', 'display']);
  const showsThoughts = thinking.oneOf('display', ['summarized', 'omitted']) !== 'omitted';
  switch (thinking.oneOf('type', ['enabled', 'disabled', 'adaptive'])) {
    case 'disabled':
      return { effort: 'none', showsThoughts };
    case 'adaptive':
      return { effort: told ?? 'high', showsThoughts };
    case 'enabled':
      return { effort: told ?? effortOfBudget(body, thinking), showsThoughts };
    default:
      return thinking.refuse('type', 'is required');
  }
}

function effortOfBudget(body: JsonReader, thinking: JsonReader): ReasoningEffort {
  const budget = thinking.number('budget_tokens') ?? thinking.refuse('budget_tokens', 'is required');
  const maxTokens = body.number('max_tokens');
  if (!Number.isInteger(budget) || budget < MIN_BUDGET_TOKENS) {
    thinking.refuse('budget_tokens', `must be an integer of at least ${MIN_BUDGET_TOKENS}`);
  }
  if (maxTokens === undefined) return 'medium';
  if (budget >= maxTokens) thinking.refuse('budget_tokens', 'must be less than `max_tokens`');
  return effortShares.find(([most]) => (100 * budget) / maxTokens <= most)?.[1] ?? 'max';
}
