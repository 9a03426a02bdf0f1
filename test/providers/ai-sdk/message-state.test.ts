import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  decodeMessageState,
  encodeMessageState,
  type AnswerBlock,
  type MessageContent,
} from '../../../src/providers/ai-sdk/message-state.ts';
import type { ProviderAnswer } from '../../../src/providers/provider.ts';
import { answerOf, nobodyLeaves, question, streamedResult } from '../../support/providers/provider-calls.ts';
import { openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';

const owner = { providerSlug: 'them', optionsOwner: 'anthropic' } as const;
const options = { anthropic: { signature: 'x' } };

const contentOf = (blocks: readonly AnswerBlock[]): MessageContent => {
  const lastCall = blocks.findLastIndex(({ kind }) => kind === 'call');
  return {
    text: blocks.map((block) => (block.kind === 'text' ? block.text : '')).join(''),
    calls: blocks.filter(({ kind }) => kind === 'call').length,
    thoughts: blocks.filter(({ kind }, index) => kind === 'thought' && index < lastCall).length,
  };
};

const anyOptions = fc.option(fc.constant(options), { nil: undefined });
const anyBlock = fc.oneof(
  fc.constant<AnswerBlock>({ kind: 'call' }),
  fc
    .tuple(fc.constantFrom('text' as const, 'thought' as const), fc.string(), anyOptions)
    .map(([kind, text, told]): AnswerBlock => ({ kind, text, ...(told !== undefined && { options: told }) })),
);

describe('the state of a message', () => {
  it('gives back every block in its order, thoughts that calls carry as theirs', () => {
    fc.assert(
      fc.property(fc.array(anyBlock, { maxLength: 12 }), (blocks) => {
        const state = encodeMessageState(owner, blocks);
        fc.pre(state !== undefined);
        const lastCall = blocks.findLastIndex(({ kind }) => kind === 'call');
        const placed = blocks.map((block, index) =>
          block.kind === 'thought' && index < lastCall ? { kind: 'thought_of_call' } : block,
        );
        expect(decodeMessageState(owner, state, contentOf(blocks))).toEqual(placed);
      }),
    );
  });

  it('is none where its calls say it all', () => {
    const thought = { kind: 'thought', text: 'Hm.', options } as const;
    const text = { kind: 'text', text: 'So:' } as const;
    const call = { kind: 'call' } as const;
    for (const blocks of [[], [text], [call], [thought, call], [thought, text, call, call]]) {
      expect(encodeMessageState(owner, blocks)).toBeUndefined();
    }
    for (const blocks of [
      [thought],
      [text, thought, call],
      [thought, text],
      [{ ...text, options }],
      [call, text],
    ]) {
      expect(encodeMessageState(owner, blocks)).toBeDefined();
    }
  });

  it('is nothing to another provider, nor when the caller has changed what was said or called', () => {
    const blocks = [
      { kind: 'text', text: 'Let me see.' },
      { kind: 'thought', text: 'Hm.', options },
    ] as const;
    const state = encodeMessageState(owner, blocks);
    const content = contentOf(blocks);
    expect(decodeMessageState({ ...owner, providerSlug: 'others' }, state, content)).toBeUndefined();
    for (const changed of [
      { text: 'Let me.' },
      { text: 'Let me see. And more.' },
      { calls: 1 },
      { thoughts: 1 },
    ]) {
      expect(decodeMessageState(owner, state, { ...content, ...changed })).toBeUndefined();
    }
  });

  it('holds, whatever a caller writes into it, no more than its provider gives out', () => {
    const entry = fc.oneof(
      fc.jsonValue(),
      fc.tuple(fc.oneof(fc.integer(), fc.constantFrom('t', 'T', 'c')), fc.jsonValue(), fc.jsonValue()),
    );
    const content = { text: 'abc', calls: 0, thoughts: 0 };
    fc.assert(
      fc.property(fc.oneof(fc.array(entry), fc.jsonValue()), (blocks) => {
        const read = decodeMessageState(owner, JSON.stringify({ provider: 'them', blocks }), content) ?? [];
        expect(read.map((block) => (block.kind === 'text' ? block.text : '')).join('')).toBe(
          read.length === 0 ? '' : 'abc',
        );
        for (const block of read) {
          if ('options' in block)
            expect(Object.keys(block.options?.['anthropic'] ?? {})).not.toContain('cacheControl');
        }
      }),
    );
    expect(decodeMessageState(owner, '['.repeat(1_000_000), content)).toBeUndefined();
  });
});

describe('a conversation that goes on', () => {
  let stage: ProviderStage;
  beforeEach(async () => {
    stage = await openProviderStage();
  });
  afterEach(() => stage[Symbol.asyncDispose]());

  /** What the next request of the conversation says that the assistant said. */
  async function nextTurn(
    adapter: 'anthropic' | 'google' | 'openai',
    response: { readonly body: object } | { readonly events: readonly object[] },
  ): Promise<[ProviderAnswer, Record<string, unknown>]> {
    const provider = await stage.provider(adapter);
    stage.server.next(response);
    const asked = question({ tools: [weather] });
    const result =
      'events' in response
        ? await streamedResult(provider, asked)
        : await provider.call(asked, nobodyLeaves());
    const answer = answerOf(result);
    const { text, toolCalls, providerState } = answer;
    stage.server.next(response);
    await provider.call(
      question({
        tools: [weather],
        messages: [
          ...question().messages,
          { role: 'assistant', text, toolCalls, ...(providerState !== undefined && { providerState }) },
          ...toolCalls.map(
            ({ id, name }) => ({ role: 'tool', toolCallId: id, toolName: name, text: 'Sun.' }) as const,
          ),
        ],
      }),
      nobodyLeaves(),
    );
    return [answer, stage.lastBody()];
  }

  it('has Anthropic’s blocks as they came: text before a thought, and calls where they stood', async () => {
    const content = [
      { type: 'text', text: 'Let me see.' },
      { type: 'thinking', thinking: 'Rome?', signature: 'sig1' },
      { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Rome' } },
      { type: 'redacted_thinking', data: 'sealed' },
      { type: 'tool_use', id: 'c2', name: 'weather', input: { city: 'Oslo' } },
    ];
    const [answer, body] = await nextTurn('anthropic', {
      body: {
        ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'large', content },
        ...{ stop_reason: 'tool_use', stop_sequence: null, usage: { input_tokens: 5, output_tokens: 9 } },
      },
    });
    expect(answer.reasoningText).toBe('Rome?');
    const assistant = (body['messages'] as { role: string; content: object[] }[]).find(
      ({ role }) => role === 'assistant',
    );
    expect(assistant?.content).toMatchObject(content);
  });

  it('has the signature that Google put on a text', async () => {
    const parts = [
      { text: 'Thinking of Rome.', thought: true },
      { text: 'It is sunny.', thoughtSignature: 'sig' },
    ];
    const [answer, body] = await nextTurn('google', {
      body: {
        candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 9, totalTokenCount: 14 },
      },
    });
    expect(answer).toMatchObject({ text: 'It is sunny.', reasoningText: 'Thinking of Rome.' });
    expect(JSON.stringify(body['contents'])).toContain('"thoughtSignature":"sig"');
  });

  it.each([
    ['with its last words', [{ text: 'It is ' }, { text: 'sunny.', thoughtSignature: 'sig' }]],
    ['with its first words', [{ text: 'It is ', thoughtSignature: 'sig' }, { text: 'sunny.' }]],
    ['behind it', [{ text: 'It is sunny.' }, { text: '', thoughtSignature: 'sig' }]],
  ])('has the signature that Google streamed %s', async (_where, parts) => {
    const events = parts.map((part, index) => ({
      candidates: [
        {
          content: { role: 'model', parts: [part] },
          ...(index === parts.length - 1 && { finishReason: 'STOP' }),
        },
      ],
    }));
    const [answer, body] = await nextTurn('google', { events });
    expect(answer.text).toBe('It is sunny.');
    expect(body['contents']).toMatchObject([
      { role: 'user' },
      { role: 'model', parts: [{ text: 'It is sunny.', thoughtSignature: 'sig' }] },
    ]);
  });

  it('has what OpenAI streamed a text for', async () => {
    const item = { type: 'message', id: 'msg_1', role: 'assistant', phase: 'commentary' };
    const events = [
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, delta: 'Let me see.' },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: { id: 'resp_1', status: 'completed', output: [] } },
    ];
    const [, body] = await nextTurn('openai', { events });
    expect(body['input']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'Let me see.', phase: 'commentary' },
    ]);
  });
});
