import { NO_COUNT } from './mend.ts';
import {
  either,
  figure,
  isJson,
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
  type Json,
  type Rule,
} from './sound-json.ts';
import type { WireDialect } from './wire.ts';

const tokens = object({
  input_tokens: orElse(figure, NO_COUNT),
  output_tokens: orElse(figure, NO_COUNT),
});

/** The SDK insists on both counts; what was not told is what is billed, or marked. */
const usage: Rule = (value) => {
  const told = isJson(value) ? value : {};
  const cached = figure(told['cached_tokens']);
  return {
    tokens: tokens(told['tokens']) ?? tokens(told['billed_units']) ?? tokens({}),
    ...(cached !== undefined && { cached_tokens: cached }),
  };
};

const part = typed({
  text: object({ text: word }, ['text']),
  thinking: object({ thinking: word }, ['thinking']),
});

const written = object({ name: orElse(word, ''), arguments: orElse(jsonText, '') });
const call = object(
  { id: orElse(word, ''), type: orElse(oneOf('function'), 'function'), function: written },
  ['function'],
);

const parts = either(list(part), (value) =>
  typeof value === 'string' ? [{ type: 'text', text: value }] : undefined,
);

const message = object({
  role: orElse(word, 'assistant'),
  content: parts,
  tool_plan: text,
  tool_calls: list(call),
  citations: nothing,
});

/** What models that do not reason say of the tools that they are about to call, as the thought that it is. */
const planned: Rule = (value) => {
  const said = message(value);
  if (!isJson(said) || typeof said['tool_plan'] !== 'string' || said['tool_plan'] === '') return said;
  const { tool_plan: thinking, content, ...rest } = said;
  const others: readonly unknown[] = Array.isArray(content) ? content : [];
  return { ...rest, content: [{ type: 'thinking', thinking }, ...others] };
};

const index = orElse(number, 0);

/** An event whose message is this. */
function saying(rule: Rule, needs: string): Rule {
  const said = object({ message: object({ [needs]: rule }, [needs]) }, ['message']);
  return object({ index, delta: said }, ['delta']);
}

const piece = either(object({ text: word }, ['text']), object({ thinking: word }, ['thinking']));
const plan = saying(word, 'tool_plan');

/** Where the plan stands among the contents of a stream: apart from them. */
const PLAN_INDEX = 1_000_000;

function asThought(value: unknown): Json | undefined {
  const sound = plan(value);
  if (!isJson(sound)) return undefined;
  const { message: said } = sound['delta'] as { readonly message: Json };
  return {
    type: 'content-delta',
    index: PLAN_INDEX,
    delta: { message: { content: { thinking: said['tool_plan'] } } },
  };
}

/**
 * Cohere's Chat (https://docs.cohere.com/reference/chat). The end of a call is passed over: the SDK parses the arguments
 * there, and ends the stream over such as are no JSON, which are for the caller to see.
 */
export const cohereChat: WireDialect = {
  answer: object({ generation_id: text, message: planned, finish_reason: orElse(word, ''), usage }, [
    'message',
  ]),
  event: typed({
    'message-start': object({ id: text }),
    'content-start': saying(part, 'content'),
    'content-delta': saying(piece, 'content'),
    'content-end': object({ index }),
    'tool-plan-delta': asThought,
    'tool-call-start': saying(call, 'tool_calls'),
    'tool-call-delta': saying(
      object({ function: object({ arguments: word }, ['arguments']) }, ['function']),
      'tool_calls',
    ),
    'message-end': object({
      delta: orElse(object({ finish_reason: orElse(word, ''), usage }), {
        finish_reason: '',
        usage: { tokens: tokens({}) },
      }),
    }),
  }),
  endingOf: ({ type }) => (type === 'message-end' ? 'marker' : undefined),
  closing: undefined,
};
