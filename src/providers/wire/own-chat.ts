import { NO_COUNT } from './mend.ts';
import { chatCompletions } from './chat-completions.ts';
import {
  either,
  isJson,
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

// Chat Completions for the packages that providers have of their own. Each of them reads some of it more closely than
// the shared package, for which `chatCompletions` has made it sound before.

/** What a provider's own package insists on beyond that. */
interface Insistence {
  /** Of a whole message, and of a piece of one. */
  readonly said: Readonly<Record<string, Rule>>;
  /** Of a call of a tool. */
  readonly call: Readonly<Record<string, Rule>>;
  readonly choice: Readonly<Record<string, Rule>>;
  /** Of a chunk's list of choices; absent: there may be none. */
  readonly choices?: (choice: Rule) => Rule;
  readonly answer: Readonly<Record<string, Rule>>;
  readonly chunk: Readonly<Record<string, Rule>>;
}

function insisting({ said, call, choice, choices = list, answer, chunk }: Insistence): WireDialect {
  const index = orElse(number, 0);
  const end = { ...choice, index };
  const message = object({
    ...said,
    role: orElse(word, 'assistant'),
    tool_calls: list(object({ ...call, id: orElse(word, '') })),
  });
  const delta = object({ ...said, role: oneOf('assistant'), tool_calls: placed(object(call)) });
  const whole = object({ ...answer, choices: filled(object({ ...end, message: orElse(message, {}) })) });
  const event = object({
    ...chunk,
    choices: choices(object({ ...end, delta: orElse(delta, {}) })),
  });
  return {
    ...chatCompletions,
    answer: (value) => whole(chatCompletions.answer(value)),
    event: (value) => event(chatCompletions.event(value)),
  };
}

/** A list that holds something. */
function filled(rule: Rule): Rule {
  const sound = list(rule);
  return (value) => {
    const items = sound(value);
    return Array.isArray(items) && items.length > 0 ? items : undefined;
  };
}

/** Pieces of calls that do not say which one they belong to belong to the one in their place. */
function placed(rule: Rule): Rule {
  const sound = list(rule);
  return (value) => {
    const items = sound(value);
    if (!Array.isArray(items)) return items;
    const pieces = items as readonly Json[];
    const isPlaced = ({ index }: Json): boolean => typeof index === 'number';
    return pieces.every(isPlaced)
      ? pieces
      : pieces.map((piece, index) => (isPlaced(piece) ? piece : { ...piece, index }));
  };
}

/** A text, where parts of one are not understood. */
const joined: Rule = (value) => {
  if (!Array.isArray(value)) return text(value);
  const parts = value as readonly Json[];
  return parts.map(({ text: said }) => (typeof said === 'string' ? said : '')).join('');
};

const unread = { logprobs: nothing };
const kind = orElse(oneOf('function'), 'function');

/** https://console.groq.com/docs/api-reference#chat-create. A stream counts its tokens in a place of its own. */
export const groqChat = insisting({
  said: { content: joined, reasoning: text },
  call: { type: kind },
  choice: unread,
  answer: {},
  chunk: { x_groq: object({}) },
});

/** https://api-docs.deepseek.com/api/create-chat-completion */
export const deepseekChat = insisting({
  said: { content: joined, reasoning_content: text },
  call: { type: kind },
  choice: unread,
  answer: { object: oneOf('chat.completion'), system_fingerprint: text },
  chunk: { object: oneOf('chat.completion.chunk'), system_fingerprint: text },
});

/** The SDK insists on three counts; what was not told is marked. */
const counted = object({
  prompt_tokens: orElse(count, NO_COUNT),
  completion_tokens: orElse(count, NO_COUNT),
  total_tokens: orElse(count, 0),
  ...{ prompt_audio_seconds: number, request_count: number, service_tier: text, num_cached_tokens: number },
});

function count(value: unknown): unknown {
  return number(value) ?? undefined;
}

const spoken = object({ type: word, text: word }, ['text']);
const thought = either(list(typed({ text: spoken })), (value) =>
  typeof value === 'string' ? [{ type: 'text', text: value }] : undefined,
);

/** https://docs.mistral.ai/api/#operation-createChatCompletion: a reasoning model answers in parts. */
export const mistralChat = insisting({
  said: {
    content: either(
      text,
      list(typed({ text: spoken, thinking: object({ thinking: thought }, ['thinking']) })),
    ),
  },
  call: {},
  choice: unread,
  choices: (choice) => orElse(filled(choice), [{ index: 0, delta: {} }]),
  answer: {
    object: orElse(oneOf('chat.completion'), 'chat.completion'),
    usage: (value) => counted(isJson(value) ? value : {}),
  },
  chunk: { usage: (value) => (isJson(value) ? counted(value) : undefined) },
});
