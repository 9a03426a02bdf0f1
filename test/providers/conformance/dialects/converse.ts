import { writeFrame } from '../../../../src/providers/wire/frame.node.ts';
import type { Fixture } from '../fixture.ts';
import { callsOf, halves, inputOf, usualCounts, type Block, type Counts, type Said } from '../said.ts';
import { readConverse } from './converse-request.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and …_ConverseStream.html. */
export const converse: Fixture = {
  name: 'Converse',
  reference: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html',
  read: readConverse,
  whole: ({ blocks, counts = usualCounts, ...said }) => ({
    output: { message: { role: 'assistant', content: blocks.map(contentOf) } },
    stopReason: wordOf({ blocks, ...said }),
    usage: usageOf(counts),
    metrics: { latencyMs: 12 },
  }),
  stream: (said) => Buffer.concat([start, ...said.blocks.flatMap(piecesOf), ...endOf(said)]),
  error: ({ message }) => ({ message }),
  streamedError: ({ code, message }) =>
    Buffer.concat([
      start,
      ...piecesOf({ kind: 'text', text: 'half' }, 0).slice(0, 2),
      writeFrame({
        headers: new Map([
          [':message-type', 'exception'],
          [':exception-type', code],
        ]),
        payload: JSON.stringify({ message }),
      }),
    ]),
  endings: {
    end_turn: 'stop',
    stop_sequence: 'stop',
    max_tokens: 'length',
    model_context_window_exceeded: 'length',
    guardrail_intervened: 'content_filter',
    content_filtered: 'content_filter',
    malformed_model_output: 'INVALID_OUTPUT',
    malformed_tool_use: 'INVALID_OUTPUT',
  },
};

function wordOf({ blocks, word }: Said): string {
  return word ?? (callsOf(blocks).length > 0 ? 'tool_use' : 'end_turn');
}

/** What its cache holds or takes is counted beside the input. */
function usageOf({ input, output, cached = 0, written = 0 }: Counts): object {
  return {
    inputTokens: input - cached - written,
    outputTokens: output,
    totalTokens: input + output,
    ...(cached > 0 && { cacheReadInputTokens: cached }),
    ...(written > 0 && { cacheWriteInputTokens: written }),
  };
}

function contentOf(block: Block): object {
  switch (block.kind) {
    case 'text':
      return { text: block.text };
    case 'thought':
      return { reasoningContent: { reasoningText: { text: block.text, signature: block.seal } } };
    case 'call':
      return { toolUse: { toolUseId: block.id, name: block.name, input: inputOf(block) } };
  }
}

/** Each event has a padding that hides its length. */
function event(type: string, payload: object): Buffer {
  return writeFrame({
    headers: new Map([
      [':message-type', 'event'],
      [':event-type', type],
      [':content-type', 'application/json'],
    ]),
    payload: JSON.stringify({ ...payload, p: 'abcdef' }),
  });
}

const start = event('messageStart', { role: 'assistant' });

function piecesOf(block: Block, index: number): Buffer[] {
  const delta = (fields: object) => event('contentBlockDelta', { contentBlockIndex: index, delta: fields });
  const stop = event('contentBlockStop', { contentBlockIndex: index });
  switch (block.kind) {
    case 'text':
      return [...halves(block.text).map((text) => delta({ text })), stop];
    case 'thought':
      return [
        ...halves(block.text).map((text) => delta({ reasoningContent: { text } })),
        ...(block.seal === undefined ? [] : [delta({ reasoningContent: { signature: block.seal } })]),
        stop,
      ];
    case 'call': {
      const toolUse = { toolUseId: block.id, name: block.name };
      return [
        event('contentBlockStart', { contentBlockIndex: index, start: { toolUse } }),
        ...halves(block.arguments).map((input) => delta({ toolUse: { input } })),
        stop,
      ];
    }
  }
}

function endOf(said: Said): Buffer[] {
  return [
    event('messageStop', { stopReason: wordOf(said) }),
    event('metadata', { usage: usageOf(said.counts ?? usualCounts), metrics: { latencyMs: 12 } }),
  ];
}
