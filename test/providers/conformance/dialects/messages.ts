import { events, type Fixture } from '../fixture.ts';
import { callsOf, halves, inputOf, usualCounts, type Block, type Counts, type Said } from '../said.ts';
import { readMessages } from './messages-request.ts';

const named = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm' };

/** https://platform.claude.com/docs/en/api/messages and …/build-with-claude/streaming. */
export const messages: Fixture = {
  name: 'Messages',
  reference: 'https://platform.claude.com/docs/en/api/messages',
  read: readMessages,
  whole: ({ blocks, counts = usualCounts, ...said }) => ({
    ...named,
    content: blocks.map(contentOf),
    stop_reason: wordOf({ blocks, ...said }),
    stop_sequence: null,
    usage: usageOf(counts),
  }),
  stream: (said) =>
    events([startOf(said), { type: 'ping' }, ...said.blocks.flatMap(piecesOf), ...endOf(said)]),
  error: ({ code, message }) => ({ type: 'error', error: { type: code, message }, request_id: 'req_1' }),
  streamedError: ({ code, message }) =>
    events([
      startOf({ blocks: [] }),
      ...piecesOf({ kind: 'text', text: 'half' }, 0).slice(0, 3),
      { type: 'error', error: { type: code, message } },
    ]),
  // https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
  endings: {
    end_turn: 'stop',
    stop_sequence: 'stop',
    pause_turn: 'stop',
    max_tokens: 'length',
    model_context_window_exceeded: 'length',
    refusal: 'content_filter',
  },
};

function wordOf({ blocks, word }: Said): string {
  return word ?? (callsOf(blocks).length > 0 ? 'tool_use' : 'end_turn');
}

/** What its cache holds or takes Anthropic counts beside the input. */
function usageOf({ input, output, reasoning, cached = 0, written = 0 }: Counts) {
  return {
    input_tokens: input - cached - written,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
    output_tokens: output,
    ...(reasoning !== undefined && { output_tokens_details: { thinking_tokens: reasoning } }),
  };
}

/** A thought without words is one that was redacted. */
function contentOf(block: Block): Readonly<Record<string, unknown>> {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'thought':
      return block.text === ''
        ? { type: 'redacted_thinking', data: block.seal }
        : { type: 'thinking', thinking: block.text, signature: block.seal ?? '' };
    case 'call':
      return { type: 'tool_use', id: block.id, name: block.name, input: inputOf(block) };
  }
}

function startOf({ counts = usualCounts }: Said): object {
  const usage = { ...usageOf(counts), output_tokens: 1 };
  return {
    type: 'message_start',
    message: { ...named, content: [], stop_reason: null, stop_sequence: null, usage },
  };
}

function piecesOf(block: Block, index: number): object[] {
  const start = (changes: object) => ({
    ...{ type: 'content_block_start', index },
    content_block: { ...contentOf(block), ...changes },
  });
  const delta = (type: string, fields: object) => ({
    ...{ type: 'content_block_delta', index },
    delta: { type, ...fields },
  });
  const stop = { type: 'content_block_stop', index };
  switch (block.kind) {
    case 'text':
      return [start({ text: '' }), ...halves(block.text).map((text) => delta('text_delta', { text })), stop];
    case 'thought':
      if (block.text === '') return [start({}), stop];
      return [
        start({ thinking: '', signature: '' }),
        ...halves(block.text).map((thinking) => delta('thinking_delta', { thinking })),
        delta('signature_delta', { signature: block.seal ?? '' }),
        stop,
      ];
    case 'call':
      return [
        start({ input: {} }),
        delta('input_json_delta', { partial_json: '' }),
        ...halves(block.arguments).map((json) => delta('input_json_delta', { partial_json: json })),
        stop,
      ];
  }
}

function endOf(said: Said): object[] {
  const delta = { stop_reason: wordOf(said), stop_sequence: null };
  return [
    { type: 'message_delta', delta, usage: usageOf(said.counts ?? usualCounts) },
    { type: 'message_stop' },
  ];
}
