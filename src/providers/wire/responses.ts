import {
  counts,
  figure,
  flag,
  jsonText,
  list,
  nothing,
  number,
  object,
  oneOf,
  orElse,
  text,
  typed,
  word,
  type Rule,
} from './sound-json.ts';
import type { WireDialect } from './wire.ts';

/** Without both counts the SDK wants none. */
const usage: Rule = object({ input_tokens: number, output_tokens: number }, [
  'input_tokens',
  'output_tokens',
]);
const usageOfCounts: Rule = (value) => usage(counts(value));

const phase = oneOf('commentary', 'final_answer');
const status = orElse(oneOf('in_progress', 'completed', 'incomplete'), 'completed');
const called = {
  id: orElse(word, ''),
  call_id: word,
  name: orElse(word, ''),
  arguments: orElse(jsonText, ''),
  async: flag,
  namespace: text,
  caller: nothing,
};

const part = typed({
  output_text: object({ text: word, annotations: () => [], logprobs: nothing }, ['text']),
  refusal: object({ refusal: word }, ['refusal']),
});

const item = typed({
  message: object({
    role: orElse(oneOf('assistant'), 'assistant'),
    id: orElse(word, ''),
    phase,
    content: list(part),
  }),
  reasoning: object({
    id: orElse(word, ''),
    encrypted_content: text,
    summary: orElse(list(object({ type: oneOf('summary_text'), text: word }, ['type', 'text'])), []),
  }),
  function_call: object(called, ['call_id']),
});

const itemInPieces = typed({
  message: object({ id: word, phase }, ['id']),
  reasoning: object({ id: orElse(word, ''), encrypted_content: text }),
  function_call: object({ ...called, status }, ['call_id']),
});

const placed = { item_id: word, output_index: orElse(number, 0) };
const itemEvent = object({ output_index: orElse(number, 0), item: itemInPieces }, ['item']);
const textPiece = object({ ...placed, delta: word, logprobs: nothing }, ['item_id', 'delta']);
const summaryPart = object({ ...placed, summary_index: orElse(number, 0) }, ['item_id']);

const incomplete = object({ reason: word }, ['reason']);
const ended = {
  usage: usageOfCounts,
  incomplete_details: incomplete,
  reasoning: nothing,
  service_tier: text,
  prompt_cache_diagnostics: nothing,
};
const concluded = object({ response: orElse(object(ended), {}) });

const finalEvents = new Set<unknown>([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
]);

/** OpenAI's Responses (https://platform.openai.com/docs/api-reference/responses-streaming). */
export const responses: WireDialect = {
  answer: object({ ...ended, id: word, created_at: figure, model: word, output: list(item) }, ['output']),
  event: typed({
    'response.output_item.added': itemEvent,
    'response.output_item.done': itemEvent,
    'response.output_text.delta': textPiece,
    'response.refusal.delta': textPiece,
    'response.refusal.done': object({ ...placed, refusal: word }, ['item_id', 'refusal']),
    'response.function_call_arguments.delta': textPiece,
    'response.function_call_arguments.done': object({ ...placed, arguments: word }, ['item_id', 'arguments']),
    'response.reasoning_summary_part.added': summaryPart,
    'response.reasoning_summary_part.done': summaryPart,
    'response.reasoning_summary_text.delta': object(
      { ...placed, summary_index: orElse(number, 0), delta: word },
      ['item_id', 'delta'],
    ),
    'response.completed': concluded,
    'response.incomplete': concluded,
    'response.cancelled': concluded,
    'response.failed': object({ sequence_number: orElse(number, 0), response: orElse(object(ended), {}) }),
  }),
  endingOf: ({ type }) => (finalEvents.has(type) ? 'marker' : undefined),
  closing: undefined,
};
