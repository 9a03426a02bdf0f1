/** Tokens as some provider counts them, whatever it takes for a count. */
export interface ToldCounts {
  readonly input: unknown;
  readonly output: unknown;
  readonly reasoning?: unknown;
}

/** A dialect's own form of an answer that says `text`, whole and as the events of a stream. */
export interface DialectAnswers {
  whole(text: string, counts: ToldCounts): unknown;
  events(text: string, counts: ToldCounts): unknown[];
}

/** The dialects as their providers were recorded, by the adapter that speaks them. */
export const dialectAnswers = {
  'openai-compatible': {
    whole: (content, counts) => ({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: chatUsage(counts),
    }),
    events: (content, counts) => [
      chunk([{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }]),
      chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
      { ...chunk([]), usage: chatUsage(counts) },
      '[DONE]',
    ],
  },
  openai: {
    whole: (text, counts) => response(text, counts),
    events: (text, counts) => [
      {
        type: 'response.created',
        sequence_number: 0,
        response: { id: 'resp_1', created_at: 1_700_000_000, model: 'm', status: 'in_progress' },
      },
      {
        type: 'response.output_item.added',
        sequence_number: 1,
        output_index: 0,
        item: { type: 'message', id: 'msg_1' },
      },
      {
        type: 'response.output_text.delta',
        sequence_number: 2,
        output_index: 0,
        item_id: 'msg_1',
        delta: text,
      },
      {
        type: 'response.output_item.done',
        sequence_number: 3,
        output_index: 0,
        item: { type: 'message', id: 'msg_1' },
      },
      { type: 'response.completed', sequence_number: 4, response: response(text, counts) },
    ],
  },
  anthropic: {
    whole: (text, counts) => ({
      ...message([{ type: 'text', text }], 'end_turn'),
      usage: { input_tokens: counts.input, output_tokens: counts.output, ...thinking(counts) },
    }),
    events: (text, counts) => [
      {
        type: 'message_start',
        message: { ...message([], null), usage: { input_tokens: counts.input, output_tokens: 1 } },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: counts.output, ...thinking(counts) },
      },
      { type: 'message_stop' },
    ],
  },
  google: {
    whole: (text, counts) => ({ ...candidate(text, 'STOP'), usageMetadata: googleUsage(counts) }),
    events: (text, counts) => [
      { ...candidate(text), usageMetadata: { promptTokenCount: counts.input } },
      { ...candidate('', 'STOP'), usageMetadata: googleUsage(counts) },
    ],
  },
} satisfies Record<string, DialectAnswers>;

function chatUsage({ input, output, reasoning }: ToldCounts): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function chunk(choices: readonly object[]): object {
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'm', choices };
}

function response(text: string, { input, output, reasoning }: ToldCounts): object {
  return {
    id: 'resp_1',
    created_at: 1_700_000_000,
    model: 'm',
    status: 'completed',
    error: null,
    incomplete_details: null,
    output: [
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        content: [{ type: 'output_text', text, annotations: [] }],
      },
    ],
    usage: {
      input_tokens: input,
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: reasoning },
    },
  };
}

function message(content: readonly object[], stopReason: string | null): object {
  return {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    model: 'm',
    content,
    stop_reason: stopReason,
    stop_sequence: null,
  };
}

function thinking({ reasoning }: ToldCounts): object {
  return reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoning } };
}

function candidate(text: string, finishReason?: string): object {
  return { candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason }] };
}

/** Google counts thoughts apart from the answer. */
function googleUsage({ input, output, reasoning }: ToldCounts): object {
  return { promptTokenCount: input, candidatesTokenCount: output, thoughtsTokenCount: reasoning };
}
