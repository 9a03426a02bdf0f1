import { givesReason } from './ending.ts';
import { NO_COUNT } from './mend.ts';
import {
  anything,
  counts,
  isJson,
  list,
  nothing,
  number,
  object,
  orElse,
  text,
  typed,
  word,
  type Json,
  type Rule,
} from './sound-json.ts';
import { reason, type WireDialect } from './wire.ts';

/** What we make no use of, and the SDK reads closely. */
const unused = {
  container: nothing,
  context_management: nothing,
  input_transformations: nothing,
  safeguard_results: nothing,
  stop_details: nothing,
};

/** Tokens, with a mark for those that the SDK insists on and that were not told. */
function counted(...needed: readonly string[]): Rule {
  const marks = object(Object.fromEntries(needed.map((name) => [name, orElse(number, NO_COUNT)])));
  return (value) => marks(counts(value) ?? {});
}

const toolUse = object({ input: object({}), caller: nothing, toolset_name: nothing }, ['id', 'name']);
const redacted = object({ data: word }, ['data']);

const blockStart = typed({
  text: object({ text: orElse(word, '') }),
  thinking: object({ thinking: orElse(word, '') }),
  redacted_thinking: redacted,
  tool_use: toolUse,
});

const block = typed({
  text: object({ text: word, citations: nothing }, ['text']),
  thinking: object({ thinking: orElse(word, ''), signature: orElse(word, '') }),
  redacted_thinking: redacted,
  tool_use: object({ input: orElse(anything, {}), caller: nothing, toolset_name: nothing }, ['id', 'name']),
});

const piece = typed({
  text_delta: object({ text: word }, ['text']),
  thinking_delta: object({ thinking: word }, ['thinking']),
  signature_delta: object({ signature: word }, ['signature']),
  input_json_delta: object({ partial_json: word }, ['partial_json']),
});

const started = object({
  ...unused,
  id: text,
  model: text,
  role: text,
  service_tier: text,
  stop_reason: reason,
  usage: counted('input_tokens'),
  content: nothing,
});

/** The SDK throws where an error has no name, or no words. */
function named(error: Json): Json {
  return { ...error, type: word(error['type']) ?? 'error', message: word(error['message']) ?? '' };
}

/**
 * Anthropic's Messages (https://docs.anthropic.com/en/api/messages). New kinds of events and blocks come without a
 * new version of the API, which asks to pass over them.
 */
export const messages: WireDialect = {
  answer: object(
    {
      ...unused,
      type: orElse(word, 'message'),
      id: text,
      model: text,
      content: list(block),
      stop_reason: reason,
      stop_sequence: text,
      service_tier: text,
      usage: counted('input_tokens', 'output_tokens'),
    },
    ['content'],
  ),
  event: typed({
    message_start: object({ message: orElse(started, { usage: { input_tokens: NO_COUNT } }) }),
    content_block_start: object({ index: number, content_block: blockStart }, ['index', 'content_block']),
    content_block_delta: object({ index: number, delta: piece }, ['index', 'delta']),
    content_block_stop: object({ index: number }, ['index']),
    message_delta: object({
      ...unused,
      delta: orElse(object({ ...unused, stop_reason: reason, stop_sequence: text }), {}),
      usage: counted('output_tokens'),
    }),
    message_stop: object({}),
  }),
  told: ({ error, ...event }) => ({
    ...event,
    type: 'error',
    error: named(isJson(error) ? error : { message: error }),
  }),
  endingOf: ({ type, delta }) => {
    if (type === 'message_stop') return 'marker';
    return type === 'message_delta' && isJson(delta) && givesReason(delta['stop_reason'])
      ? 'reason'
      : undefined;
  },
  closing: { type: 'message_stop' },
};
