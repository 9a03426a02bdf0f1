import { givesReason } from './ending.ts';
import {
  counts,
  either,
  isJson,
  jsonText,
  list,
  number,
  object,
  oneOf,
  orElse,
  text,
  word,
  type Rule,
} from './sound-json.ts';
import { reason, type WireDialect } from './wire.ts';

const content = either(text, list(object({ type: word }, ['type'])));

/** Where Google's own endpoint keeps a thought's signature. */
const extra = object({ google: object({ thought_signature: text }) });

const calledInPieces = object(
  { index: number, id: text, extra_content: extra, function: object({ name: text, arguments: jsonText }) },
  ['function'],
);

const calledWhole = object(
  {
    id: text,
    extra_content: extra,
    function: object({ name: orElse(word, ''), arguments: orElse(jsonText, '') }),
  },
  ['function'],
);

const said = { content, reasoning_content: text, reasoning: text };
const named = { id: text, created: number, model: text, usage: counts };

const role = oneOf('assistant', '');
const delta = object({ ...said, role, tool_calls: list(calledInPieces) });
const piece = object({ delta, finish_reason: reason });

/** Whoever does not stream a model sends its message whole, in one chunk. */
const pieceOrWhole: Rule = (value) =>
  piece(
    isJson(value) && value['delta'] == null && isJson(value['message'])
      ? { ...value, delta: value['message'] }
      : value,
  );

const chunk = object({ ...named, choices: orElse(list(pieceOrWhole), []) });

/** Azure leaves the message out of a choice that its filter has struck, and says so by the reason. */
const message = object({ ...said, role: oneOf('assistant'), tool_calls: list(calledWhole) });
const completion = object(
  { ...named, choices: list(object({ message: orElse(message, {}), finish_reason: reason })) },
  ['choices'],
);

/** https://platform.openai.com/docs/api-reference/chat, and all who copy it. */
export const chatCompletions: WireDialect = {
  answer: completion,
  event(value) {
    const sound = chunk(value);
    return isJson(sound) && (asList(sound['choices']).length > 0 || sound['usage'] != null)
      ? sound
      : undefined;
  },
  endingOf: ({ choices }) => (asList(choices).some(hasReason) ? 'reason' : undefined),
  closing: undefined,
};

function hasReason(choice: unknown): boolean {
  return isJson(choice) && givesReason(choice['finish_reason']);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
