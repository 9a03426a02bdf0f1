import { events, type Fixture } from '../fixture.ts';
import { callsOf, halves, usualCounts, type Block, type CallBlock, type Counts, type Said } from '../said.ts';
import { readCohereChat } from './cohere-chat-request.ts';

/** https://docs.cohere.com/reference/chat and https://docs.cohere.com/docs/streaming */
export const cohereChat: Fixture = {
  name: 'Chat of Cohere',
  reference: 'https://docs.cohere.com/reference/chat',
  read: readCohereChat,
  whole: ({ blocks, word, counts = usualCounts }) => ({
    ...{ id: 'c1', finish_reason: word ?? usualWord(blocks), usage: usageOf(counts) },
    message: {
      role: 'assistant',
      ...contentOf(blocks),
      ...(callsOf(blocks).length > 0 && { tool_calls: callsOf(blocks).map(callOf) }),
    },
  }),
  stream: (said) => events([started, ...said.blocks.flatMap(piecesOf), endOf(said)]),
  streamedError: ({ message }) =>
    events([
      started,
      ...piecesOf({ kind: 'text', text: 'half' }, 0).slice(0, -1),
      { type: 'message-end', delta: { error: message, finish_reason: 'ERROR', usage: usageOf(usualCounts) } },
    ]),
  error: ({ message }) => ({ id: 'e1', message }),
  endings: {
    COMPLETE: 'stop',
    STOP_SEQUENCE: 'stop',
    MAX_TOKENS: 'length',
    ERROR: 'MALFORMED',
    TIMEOUT: 'MALFORMED',
  },
};

const started = {
  ...{ type: 'message-start', id: 'c1' },
  delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
};

function usualWord(blocks: readonly Block[]): string {
  return callsOf(blocks).length > 0 ? 'TOOL_CALL' : 'COMPLETE';
}

/** What is billed is less than what is counted: the preamble is free. */
function usageOf({ input, output, cached }: Counts) {
  return {
    billed_units: { input_tokens: Math.max(0, input - 5), output_tokens: output },
    tokens: { input_tokens: input, output_tokens: output },
    ...(cached !== undefined && { cached_tokens: cached }),
  };
}

function contentOf(blocks: readonly Block[]): object {
  const content = blocks.flatMap((block): object[] => {
    if (block.kind === 'text') return [{ type: 'text', text: block.text }];
    return block.kind === 'thought' ? [{ type: 'thinking', thinking: block.text }] : [];
  });
  return content.length > 0 ? { content } : {};
}

function callOf({ id, name, arguments: args }: CallBlock): object {
  return { id, type: 'function', function: { name, arguments: args } };
}

const event = (type: string, index: number, message?: object): object => ({
  ...{ type, index },
  ...(message !== undefined && { delta: { message } }),
});

function piecesOf(block: Block, index: number): object[] {
  switch (block.kind) {
    case 'text':
      return [
        event('content-start', index, { content: { type: 'text', text: '' } }),
        ...halves(block.text).map((text) => event('content-delta', index, { content: { text } })),
        event('content-end', index),
      ];
    case 'thought':
      return [
        event('content-start', index, { content: { type: 'thinking', thinking: '' } }),
        ...halves(block.text).map((thinking) => event('content-delta', index, { content: { thinking } })),
        event('content-end', index),
      ];
    case 'call':
      return [
        event('tool-call-start', index, { tool_calls: callOf({ ...block, arguments: '' }) }),
        ...halves(block.arguments).map((args) =>
          event('tool-call-delta', index, { tool_calls: { function: { arguments: args } } }),
        ),
        event('tool-call-end', index),
      ];
  }
}

function endOf({ blocks, word, counts = usualCounts }: Said): object {
  const delta = { finish_reason: word ?? usualWord(blocks), usage: usageOf(counts) };
  return { type: 'message-end', id: 'c1', delta };
}
