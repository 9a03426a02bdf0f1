import { expect, it } from 'vitest';
import { MessageEvents } from '../../../src/edges/messages/message-events.ts';
import { parseAssistant } from '../../../src/edges/messages/parse-assistant.ts';
import { wordMessage } from '../../../src/edges/messages/word-message.ts';
import { JsonReader } from '../../../src/edges/common/json-reader.ts';
import type { AnswerPiece, ProviderAnswer } from '../../../src/providers/provider.ts';
import type { JsonObject } from '../../../src/system/json.ts';

const by = { id: 'msg_1', model: 'a/b', showsThoughts: true };
const usage = {
  inputTokens: 100,
  outputTokens: 5,
  reasoningTokens: 2,
  cachedInputTokens: 60,
  cacheWriteTokens: 10,
};

const thoughtState = (more: JsonObject = {}) =>
  JSON.stringify({
    provider: 'google',
    ...more,
    thoughts: [{ text: 'Hm.', options: { google: { thoughtSignature: 'signed' } } }],
  });

const callState = thoughtState({ options: { google: { thoughtSignature: 'call' } } });

const pieces: AnswerPiece[] = [
  { kind: 'reasoning', text: 'H' },
  { kind: 'reasoning', text: 'm.' },
  { kind: 'reasoning_end', providerState: thoughtState() },
  { kind: 'text', text: 'We' },
  { kind: 'text', text: 'll.' },
  { kind: 'tool_call', index: 0, id: 'c1', name: 'look' },
  { kind: 'tool_arguments', index: 0, text: '{"at":' },
  { kind: 'tool_call', index: 1, id: 'c2', name: 'look' },
  { kind: 'tool_arguments', index: 1, text: '{}' },
  { kind: 'tool_arguments', index: 0, text: '"sea"}' },
];

const answer: ProviderAnswer = {
  text: 'Well.',
  toolCalls: [
    { id: 'c1', name: 'look', arguments: '{"at":"sea"}', providerState: callState },
    { id: 'c2', name: 'look', arguments: '{}' },
  ],
  finishReason: 'tool_calls',
  usage,
};

type Event = JsonObject & { type: string };

/** What a client that follows the API's rules has in the end. */
function collect(events: readonly Event[]): JsonObject[] {
  const blocks: Record<string, string>[] = [];
  const open = new Set<unknown>();
  for (const event of events) {
    const index = Number(event['index']);
    const delta = event['delta'] as Record<string, string> | undefined;
    if (event.type === 'content_block_start') {
      blocks[index] = { ...(event['content_block'] as Record<string, string>) };
      open.add(index);
    }
    if (event.type === 'content_block_stop') expect(open.delete(index)).toBe(true);
    const block = blocks[index];
    if (event.type !== 'content_block_delta' || block === undefined || delta === undefined) continue;
    expect(open.has(index)).toBe(true);
    if (delta['type'] === 'text_delta') block['text'] = (block['text'] ?? '') + (delta['text'] ?? '');
    if (delta['type'] === 'thinking_delta')
      block['thinking'] = (block['thinking'] ?? '') + (delta['thinking'] ?? '');
    if (delta['type'] === 'signature_delta') block['signature'] = delta['signature'] ?? '';
    if (delta['type'] === 'input_json_delta')
      block['json'] = (block['json'] ?? '') + (delta['partial_json'] ?? '');
  }
  expect(open.size).toBe(0);
  return blocks.map(({ json, ...block }) =>
    json === undefined ? block : { ...block, input: JSON.parse(json) as JsonObject },
  );
}

it('tells the same blocks piece by piece and whole', () => {
  const told = new MessageEvents(by, 90);
  const events = [...pieces.flatMap((piece) => told.piece(piece)), ...told.completed(answer)];
  expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['message_start', 'ping']);
  expect(collect(events)).toEqual(wordMessage(answer, by)['content']);
  expect(events.slice(-2)).toEqual([
    {
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: {
        input_tokens: 30,
        cache_creation_input_tokens: 10,
        cache_read_input_tokens: 60,
        output_tokens: 5,
      },
    },
    { type: 'message_stop' },
  ]);
});

it('brings back what any provider wants with its thoughts and calls', () => {
  const content = wordMessage(answer, by)['content'] ?? [];
  const [back] = parseAssistant(new JsonReader({ role: 'assistant', content }));
  expect(back).toMatchObject({ content: 'Well.', toolCalls: [{ id: 'c1' }, { id: 'c2' }] });
  expect(JSON.parse(back?.toolCalls?.[0]?.providerState ?? '')).toEqual(JSON.parse(callState));
  expect(back?.toolCalls?.[1]?.providerState).toBeUndefined();
});

it('hides the text of thoughts from whoever wants none, and signs them all the same', () => {
  const told = new MessageEvents({ ...by, showsThoughts: false }, 90);
  const events = [...pieces.flatMap((piece) => told.piece(piece)), ...told.completed(answer)];
  expect(collect(events)[0]).toMatchObject({
    type: 'thinking',
    thinking: '',
    signature: expect.stringContaining('signed') as string,
  });
});
