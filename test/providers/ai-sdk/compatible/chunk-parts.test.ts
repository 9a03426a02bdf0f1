import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ChunkParts } from '../../../../src/providers/ai-sdk/compatible/chunk-parts.ai-sdk.ts';
import { chatCompletions } from '../../../../src/providers/wire/chat-completions.ts';
import { hearEvent } from '../../../../src/providers/wire/hear.ts';

/** The parts that the SDK makes of these events. */
async function partsOfSdk(events: readonly string[]): Promise<LanguageModelV4StreamPart[]> {
  const body = events.map((data) => `data: ${data}\n\n`).join('');
  const sdk = createOpenAICompatible({
    ...{ baseURL: 'http://provider.test/v1', name: 'compatible' },
    fetch: () => Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } })),
  });
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hello.' }] }];
  const { stream } = await sdk.chatModel('model').doStream({ prompt, includeRawChunks: true });
  const parts: LanguageModelV4StreamPart[] = [];
  try {
    for await (const part of stream) parts.push(part);
  } catch (error) {
    parts.push({ type: 'error', error });
  }
  return parts;
}

function ownParts(events: readonly string[]): readonly LanguageModelV4StreamPart[] {
  const parts = new ChunkParts('compatible');
  for (const data of events) parts.take(hearEvent({ data }, chatCompletions));
  parts.end();
  return parts.taken();
}

const callIds: readonly unknown[] = ['a', 'b'];

/** What of parts is used: not the ids that are made up, nor the words of errors. */
function essence(parts: readonly LanguageModelV4StreamPart[]) {
  const idOf = (id: unknown) => (callIds.includes(id) || /^(txt|reasoning)-0$/.test(String(id)) ? id : 'new');
  return parts.flatMap((part): object[] => {
    const { type } = part;
    if (type === 'stream-start' || type === 'response-metadata') return [];
    if (type === 'finish') return [{ type, reason: part.finishReason }];
    if (type === 'tool-call') return [{ ...part, toolCallId: idOf(part.toolCallId) }];
    return ['id' in part ? { ...part, id: idOf(part.id) } : part];
  });
}

/** Nothing is read behind an error. */
function untilError(parts: readonly LanguageModelV4StreamPart[]) {
  const at = parts.findIndex(({ type }) => type === 'error');
  return { parts: essence(at === -1 ? parts : parts.slice(0, at)), hasFailed: at !== -1 };
}

const text = fc.constantFrom('Hello', ' there', '', '{"city":', '"Rome"}', '{}');
const some = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const call = fc.record({
  index: some(fc.nat(1)),
  id: some(fc.constantFrom('a', 'b', '')),
  function: fc.record({ name: some(fc.constantFrom('weather', 'time', '')), arguments: some(text) }),
  extra_content: some(fc.constant({ google: { thought_signature: 'sealed' } })),
});
const inParts = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('text'), text }),
    fc.record({
      type: fc.constant('thinking'),
      thinking: fc.array(fc.record({ type: fc.constant('text'), text })),
    }),
    fc.constant({ type: 'reference', reference_ids: [1] }),
  ),
  { maxLength: 3 },
);
const delta = fc.record({
  role: some(fc.constant('assistant')),
  content: some(fc.oneof(text, inParts, fc.constant(null))),
  reasoning_content: some(text),
  reasoning: some(text),
  refusal: some(text),
  tool_calls: some(fc.array(call, { maxLength: 2 })),
});
const reason = fc.constantFrom(null, 'stop', 'length', 'tool_calls', 'content_filter', 'of_its_own');
const chunk = fc.record({
  id: fc.constant('chunk'),
  choices: fc.array(fc.record({ index: fc.constant(0), delta: some(delta), finish_reason: reason }), {
    maxLength: 2,
  }),
  usage: some(fc.constant({ prompt_tokens: 1, completion_tokens: 2 })),
});

it('makes of every stream of sound chunks the parts that the SDK makes of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 8 }), async (chunks) => {
      const heard = chunks.map((each) => hearEvent({ data: JSON.stringify(each) }, chatCompletions).data);
      const events = heard.filter((data) => data !== undefined);
      const [own, sdk] = [untilError(ownParts(events)), untilError(await partsOfSdk(events))];
      // A stream that fails drops what it holds.
      const isBroken = own.hasFailed && sdk.hasFailed;
      expect(isBroken ? own.parts.slice(0, sdk.parts.length) : own.parts).toEqual(sdk.parts);
      expect(own.hasFailed).toBe(sdk.hasFailed);
    }),
  );
});

it('says of a chunk that is no JSON that it is an error', () => {
  expect(ownParts(['{"choices":['])).toMatchObject([
    { type: 'raw' },
    { type: 'error' },
    { type: 'error' },
    {},
  ]);
});
