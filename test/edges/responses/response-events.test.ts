import { expect, it } from 'vitest';
import { JsonReader } from '../../../src/edges/common/json-reader.ts';
import { parseInput } from '../../../src/edges/responses/parse-items.ts';
import { ResponseEvents } from '../../../src/edges/responses/response-events.ts';
import { wordResponse } from '../../../src/edges/responses/word-response.ts';
import type { AnswerPiece, ProviderAnswer } from '../../../src/providers/provider.ts';
import type { JsonObject } from '../../../src/system/json.ts';

const by = {
  ...{ id: '1', model: 'a/b', createdAt: 5, showsThoughts: true, handsOutState: true, echo: {} },
  spaced: new Map([['boat__look', { namespace: 'boat', name: 'look' }]]),
};
const usage = { inputTokens: 100, outputTokens: 5, reasoningTokens: 2, cachedInputTokens: 60 };

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

const streamed = (changes: Partial<typeof by> = {}) => {
  const told = new ResponseEvents({ ...by, ...changes });
  return [...pieces.flatMap((piece) => told.piece(piece)), ...told.completed(answer)];
};

it('tells the same items piece by piece and whole, each event with the next number', () => {
  const events = streamed();
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  const last = events.at(-1);
  expect(last).toEqual({
    type: 'response.completed',
    sequence_number: events.length - 1,
    response: wordResponse(answer, by),
  });
  const done = events.filter(({ type }) => type === 'response.output_item.done');
  const { output } = wordResponse(answer, by) as { output: JsonObject[] };
  expect(done.map(({ item }) => item)).toEqual(output);
});

it('tells what its deltas come to', () => {
  const events = streamed();
  const textOf = (type: string) =>
    events.flatMap((event) => (event.type === type ? [event['delta'] as string] : [])).join('');
  expect(textOf('response.output_text.delta')).toBe('Well.');
  expect(textOf('response.reasoning_summary_text.delta')).toBe('Hm.');
  expect(textOf('response.function_call_arguments.delta')).toBe('{"at":{}"sea"}');
});

it('shows no thoughts to whoever asked for none', () => {
  const events = streamed({ showsThoughts: false, handsOutState: false });
  expect(events.filter(({ type }) => type.includes('reasoning'))).toEqual([]);
  expect(JSON.stringify(events)).not.toContain('rs_');
});

it('brings back what any provider wants with its thoughts and calls', () => {
  const { output = [] } = wordResponse(answer, by);
  const [back] = parseInput(new JsonReader({ input: output }));
  expect(back).toMatchObject({
    role: 'assistant',
    content: 'Well.',
    toolCalls: [{ id: 'c1' }, { id: 'c2' }],
  });
  expect(JSON.parse(back?.toolCalls?.[0]?.providerState ?? '')).toEqual(JSON.parse(callState));
  expect(back?.toolCalls?.[1]?.providerState).toBeUndefined();
});

it.each([
  ['length', 'incomplete', { reason: 'max_output_tokens' }],
  ['content_filter', 'incomplete', { reason: 'content_filter' }],
  ['stop', 'completed', null],
] as const)('ends as %s says: %s', (finishReason, status, incomplete_details) => {
  const events = new ResponseEvents(by).completed({ ...answer, toolCalls: [], finishReason });
  expect(events.at(-1)).toMatchObject({
    type: `response.${status}`,
    response: { status, incomplete_details },
  });
});

it('fails in the words of a response once there is one, and of an error before', () => {
  const error = { code: 'attempts_exhausted', message: 'No.' };
  const begun = new ResponseEvents(by);
  begun.piece({ kind: 'text', text: 'We' });
  expect(begun.failed(error)).toMatchObject([
    { type: 'response.failed', response: { status: 'failed', error } },
  ]);
  expect(new ResponseEvents(by).failed(error)).toMatchObject([
    { type: 'error', sequence_number: 0, ...error },
  ]);
});

it('a function in a namespace is called by both its names, whole and in a stream', () => {
  const events = new ResponseEvents(by);
  const told = [
    { kind: 'tool_call', index: 0, id: 'c1', name: 'boat__look' } as const,
    { kind: 'tool_arguments', index: 0, text: '{}' } as const,
  ].flatMap((piece) => events.piece(piece));
  const calling: ProviderAnswer = {
    ...{
      text: '',
      toolCalls: [{ id: 'c1', name: 'boat__look', arguments: '{}' }],
      finishReason: 'tool_calls',
      usage,
    },
  };
  const ended = events.completed(calling);
  const called = { type: 'function_call', call_id: 'c1', namespace: 'boat', name: 'look' };
  expect(told.find(({ type }) => type === 'response.output_item.added')).toMatchObject({ item: called });
  expect(ended.find(({ type }) => type === 'response.function_call_arguments.done')).toMatchObject({
    name: 'look',
  });
  expect(ended.find(({ type }) => type === 'response.output_item.done')).toMatchObject({
    item: { ...called, arguments: '{}' },
  });
  expect(wordResponse(calling, by)['output']).toMatchObject([called]);
});
