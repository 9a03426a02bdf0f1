import type { Adapter } from '../../../src/providers/provider.ts';

/** One answer, `Fine, thanks.`, as a dialect tells it: whole, and as the events of a stream. */
export interface SpokenAnswer {
  readonly adapter: Adapter;
  readonly whole: Readonly<Record<string, unknown>>;
  /** Everything before the end. */
  readonly said: readonly object[];
  /** Says why the model ended; text is data as it is. */
  readonly reason: readonly object[];
  /** Ends the stream; none where the dialect has none. */
  readonly marker: readonly (object | string)[];
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

const completion = { id: 'c1', created: 1_700_000_000, model: 'small' };
const completionUsage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const piece = (delta: object, finishReason: string | null = null) => ({
  ...completion,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});

const chat: SpokenAnswer = {
  adapter: 'openai-compatible',
  whole: {
    ...completion,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Fine, thanks.' }, finish_reason: 'stop' }],
    usage: completionUsage,
  },
  said: [
    piece({ role: 'assistant', content: '' }),
    piece({ content: 'Fine, ' }),
    piece({ content: 'thanks.' }),
  ],
  reason: [piece({}, 'stop'), { ...completion, choices: [], usage: completionUsage }],
  marker: ['[DONE]'],
  usage: { inputTokens: 11, outputTokens: 7 },
};

const message = { type: 'message', id: 'msg_1', role: 'assistant', model: 'claude', stop_sequence: null };

const anthropic: SpokenAnswer = {
  adapter: 'anthropic',
  whole: {
    ...message,
    content: [{ type: 'text', text: 'Fine, thanks.' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 11, output_tokens: 7 },
  },
  said: [
    {
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: { input_tokens: 11, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Fine, ' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'thanks.' } },
    { type: 'content_block_stop', index: 0 },
  ],
  reason: [
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 7 },
    },
  ],
  marker: [{ type: 'message_stop' }],
  usage: { inputTokens: 11, outputTokens: 7 },
};

const response = { id: 'resp_1', created_at: 1_700_000_000, model: 'gpt' };
const responseUsage = { input_tokens: 11, output_tokens: 7, output_tokens_details: { reasoning_tokens: 0 } };
const item = { type: 'message', id: 'msg_1', role: 'assistant' };

const openai: SpokenAnswer = {
  adapter: 'openai',
  whole: {
    ...response,
    object: 'response',
    status: 'completed',
    error: null,
    incomplete_details: null,
    output: [
      {
        ...item,
        status: 'completed',
        content: [{ type: 'output_text', text: 'Fine, thanks.', annotations: [] }],
      },
    ],
    usage: responseUsage,
  },
  said: [
    { type: 'response.created', response: { ...response, status: 'in_progress', error: null } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, delta: 'Fine, ' },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, delta: 'thanks.' },
    { type: 'response.output_item.done', output_index: 0, item: { ...item, content: [] } },
  ],
  reason: [],
  marker: [
    {
      type: 'response.completed',
      response: { ...response, status: 'completed', error: null, usage: responseUsage },
    },
  ],
  usage: { inputTokens: 11, outputTokens: 7 },
};

const googleUsage = { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 };
const candidate = (text: string, finishReason?: string) => ({
  candidates: [
    { index: 0, content: { role: 'model', parts: [{ text }] }, ...(finishReason && { finishReason }) },
  ],
  usageMetadata: googleUsage,
  modelVersion: 'gemini',
  responseId: 'r1',
});

const google: SpokenAnswer = {
  adapter: 'google',
  whole: candidate('Fine, thanks.', 'STOP'),
  said: [candidate('Fine, ')],
  reason: [candidate('thanks.', 'STOP')],
  marker: [],
  usage: { inputTokens: 11, outputTokens: 7 },
};

const cohereUsage = { tokens: { input_tokens: 11, output_tokens: 7 } };
const cohereText = (type: string, content?: object) => ({
  ...{ type, index: 0 },
  ...(content && { delta: { message: { content } } }),
});

const cohere: SpokenAnswer = {
  adapter: 'cohere',
  whole: {
    ...{ id: 'c1', finish_reason: 'COMPLETE', usage: cohereUsage },
    message: { role: 'assistant', content: [{ type: 'text', text: 'Fine, thanks.' }] },
  },
  said: [
    { type: 'message-start', id: 'c1' },
    cohereText('content-start', { type: 'text', text: '' }),
    cohereText('content-delta', { text: 'Fine, ' }),
    cohereText('content-delta', { text: 'thanks.' }),
    cohereText('content-end'),
  ],
  reason: [],
  marker: [{ type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: cohereUsage } }],
  usage: { inputTokens: 11, outputTokens: 7 },
};

/** The packages that read Chat Completions, each in a way of its own. */
export const chatNames = {
  'chat completions': 'openai-compatible',
  'chat completions of mistral': 'mistral',
  'chat completions of groq': 'groq',
  'chat completions of deepseek': 'deepseek',
} as const;

/** The same of Chat Completions for the packages that read them. */
export function ofAllChats<Value>(value: Value): Record<keyof typeof chatNames, Value> {
  const entries = Object.keys(chatNames).map((name) => [name, value] as const);
  return Object.fromEntries(entries) as Record<keyof typeof chatNames, Value>;
}

/** Where in a stream the counts are told. */
const countsOf: Partial<Record<Adapter, object>> = {
  mistral: { usage: completionUsage },
  groq: { x_groq: { id: 'req_1', usage: completionUsage } },
};
const chats = Object.entries(chatNames).map(([name, adapter]): [string, SpokenAnswer] => {
  const told = countsOf[adapter];
  return [name, { ...chat, adapter, ...(told && { reason: [{ ...piece({}, 'stop'), ...told }] }) }];
});

/** One answer in each dialect. */
export const spokenAnswers: Readonly<Record<string, SpokenAnswer>> = {
  ...Object.fromEntries(chats),
  'anthropic messages': anthropic,
  'openai responses': openai,
  'chat of cohere': cohere,
  'responses of xai': { ...openai, adapter: 'xai' },
  'google generateContent': google,
};

/** Events as a server writes them. */
export function eventStream(events: readonly (object | string)[], newline = '\n'): string {
  return events
    .map((event) => {
      const { type } = event as { type?: string };
      const name = typeof type === 'string' ? `event: ${type}${newline}` : '';
      return `${name}data: ${typeof event === 'string' ? event : JSON.stringify(event)}${newline}${newline}`;
    })
    .join('');
}
