import { expect, it } from 'vitest';
import type { AnswerFacts } from '../../../src/edges/common/answer-facts.ts';
import { unpackCallId } from '../../../src/edges/common/call-state.ts';
import { chatStream } from '../../../src/edges/chat/chat-stream.ts';
import type { AnswerPiece, ProviderAnswer } from '../../../src/providers/provider.ts';
import type { AnswerEvent } from '../../../src/edges/common/api.ts';
import type { Loose } from '../http-client.ts';

const facts = { model: 'a/b', attempts: 1 } as AnswerFacts;
const call = { input: { messages: [] }, isStream: true, includeUsage: false };

/** The chunks of each piece, and of the end of an answer with these calls. */
function chunksOf(pieces: readonly AnswerPiece[], toolCalls: ProviderAnswer['toolCalls'] = []) {
  const wording = chatStream({ ...call, handedOn: [] });
  const read = (event: AnswerEvent): Loose[] =>
    wording
      .word(event, facts)
      .split('\n\n')
      .filter((text) => text.startsWith('data: {'))
      .map((text): Loose => JSON.parse(text.slice('data: '.length)));
  const usage = { inputTokens: 1, outputTokens: 1, reasoningTokens: 0 };
  const answer: ProviderAnswer = { text: '', toolCalls, finishReason: 'tool_calls', usage };
  const end = { kind: 'answered', answer, modelKey: 'a/b' };
  const view = { decision: { attempts: [] } };
  return {
    told: pieces.map((piece) => read(piece).map(({ choices }) => choices[0].delta.tool_calls)),
    end: read({ kind: 'completed', outcome: { view, end } } as unknown as AnswerEvent).flatMap(
      ({ choices }) => choices[0].delta.tool_calls ?? [],
    ),
  };
}

const begun = (index: number, providerState?: string | null): AnswerPiece => ({
  ...{ kind: 'tool_call', index, id: `c${index}`, name: 'look' },
  ...(providerState !== undefined && { providerState }),
});
const written = (index: number, text: string): AnswerPiece => ({ kind: 'tool_arguments', index, text });
const whole = (index: number, providerState?: string) => ({
  ...{ id: `c${index}`, name: 'look', arguments: '{"at":"sea"}' },
  ...(providerState !== undefined && { providerState }),
});

it('arguments are told as they are written, and not again at the end', () => {
  const { told, end } = chunksOf([begun(0, null), written(0, '{"at":'), written(0, '"sea"}')], [whole(0)]);
  expect(told).toEqual([
    [[{ index: 0, id: 'c0', type: 'function', function: { name: 'look', arguments: '' } }]],
    [[{ index: 0, function: { arguments: '{"at":' } }]],
    [[{ index: 0, function: { arguments: '"sea"}' } }]],
  ]);
  expect(end).toEqual([]);
});

it('the id of a call that is told at once carries what its provider wants back', () => {
  const { told } = chunksOf([begun(0, '{"a":1}')]);
  expect(unpackCallId(told[0]![0][0].id as string)).toEqual({ id: 'c0', providerState: '{"a":1}' });
});

it('a call whose state comes late is told whole at the end, and so are those after it', () => {
  const pieces = [
    begun(0, null),
    begun(1),
    written(1, '{}'),
    begun(2, null),
    written(2, '{}'),
    written(0, '{}'),
  ];
  const { told, end } = chunksOf(pieces, [whole(0), whole(1, 'late'), whole(2)]);
  expect(told.map((chunks) => chunks.length)).toEqual([1, 0, 0, 0, 0, 1]);
  expect(end).toMatchObject([{ index: 1, function: { arguments: '{"at":"sea"}' } }, { index: 2 }]);
});
