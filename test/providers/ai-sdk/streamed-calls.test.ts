import type { LanguageModelV4Content } from '@ai-sdk/provider';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { handOut } from '../../../src/providers/ai-sdk/handed-out.ts';
import { StreamedCalls } from '../../../src/providers/ai-sdk/streamed-calls.ts';
import type { AnswerPiece } from '../../../src/providers/provider.ts';

function setUp() {
  const content: LanguageModelV4Content[] = [];
  return { content, calls: new StreamedCalls(content) };
}

const complete = (toolCallId: string, input: string) =>
  ({ type: 'tool-call', toolCallId, toolName: 'weather', input }) as const;

/** The calls of a content as their caller gets them. */
const handedOut = (content: readonly LanguageModelV4Content[]) =>
  handOut(
    content.flatMap((part) =>
      part.type === 'tool-call' ? [{ id: part.toolCallId, name: part.toolName, arguments: part.input }] : [],
    ),
  );

/** What pieces come to, call by call. */
function joined(pieces: readonly AnswerPiece[]) {
  const calls: { id: string; name: string; arguments: string }[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'tool_call') calls[piece.index] = { id: piece.id, name: piece.name, arguments: '' };
    const call = piece.kind === 'tool_arguments' ? calls[piece.index] : undefined;
    if (piece.kind === 'tool_arguments' && call !== undefined) call.arguments += piece.text;
  }
  return calls;
}

it('tells arguments as they come', () => {
  const { calls } = setUp();
  expect(calls.begin({ id: 'a', toolName: 'weather' })).toEqual([
    { kind: 'tool_call', index: 0, id: 'a', name: 'weather' },
  ]);
  expect(calls.write('a', '{"city":')).toEqual([{ kind: 'tool_arguments', index: 0, text: '{"city":' }]);
  expect(calls.complete(complete('a', '{"city":"Rome"}'))).toEqual([
    { kind: 'tool_arguments', index: 0, text: '"Rome"}' },
  ]);
});

it('says what comes back with a call as far as that is known when it begins', () => {
  const { calls } = setUp();
  expect(calls.begin({ id: 'a', toolName: 'weather' }, 'sealed')).toMatchObject([
    { providerState: 'sealed' },
  ]);
  expect(calls.begin({ id: 'b', toolName: 'weather' }, null)).toMatchObject([{ providerState: null }]);
});

it('keeps what it told when the provider says otherwise in the end', () => {
  const { calls, content } = setUp();
  calls.begin({ id: 'a', toolName: 'weather' });
  calls.write('a', '{"city":"Rome"}');
  calls.complete(complete('a', '{}'));
  expect(content).toMatchObject([{ input: '{"city":"Rome"}' }]);
});

const ids = fc.constantFrom('', 'a', 'b', 'a_2', 'call_1');
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('begin', 'write', 'write', 'complete'),
    id: ids,
    text: fc.constantFrom('', ' ', '{', '{}', '1'),
  }),
);

it('tells exactly the calls of the whole answer, whatever the order, the ids and the texts are', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const { calls, content } = setUp();
      const pieces = script.flatMap(({ what, id, text }) => {
        if (what === 'begin') return calls.begin({ id, toolName: 'weather' });
        return what === 'write' ? calls.write(id, text) : calls.complete(complete(id, text));
      });
      const told = joined([...pieces, ...calls.end()]);
      expect(told).toEqual(handedOut(content));
      expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    }),
    { numRuns: 500 },
  );
});
