import { expect, it } from 'vitest';
import { stopSequenceIn } from '../../../src/providers/wire/raw-body.ts';

const bedrock = { additionalModelResponseFields: { delta: { stop_sequence: 'END' } } };

it.each([
  ['Anthropic', { stop_reason: 'stop_sequence', stop_sequence: 'END' }],
  ['Anthropic’s stream', { type: 'message_delta', delta: { stop_sequence: 'END' } }],
  ['vLLM', { choices: [{ finish_reason: 'stop', stop_reason: 'END' }] }],
  ['Bedrock', bedrock],
  ['Bedrock’s stream', { messageStop: { stopReason: 'stop_sequence', ...bedrock } }],
])('a model stopped where its provider says: %s', (_, body) => {
  expect(stopSequenceIn(body)).toBe('END');
});

it.each([
  [null],
  ['END'],
  [{ stop_sequence: null }],
  [{ stop_sequence: 5 }],
  [{ choices: [{ stop_reason: 2 }] }],
])('no text is no place: %o', (body) => {
  expect(stopSequenceIn(body)).toBeUndefined();
});
