import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Adapter, ProviderRequest } from '../../../src/providers/provider.ts';
import type { ScriptedReply } from '../../support/providers/scripted-provider.ts';
import { openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import {
  answerOf,
  failureOf,
  nobodyLeaves,
  question,
  readAll,
} from '../../support/providers/provider-calls.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

async function streamOf(adapter: Adapter, reply: ScriptedReply, changes: Partial<ProviderRequest> = {}) {
  stage.server.next(reply);
  const provider = await stage.provider(adapter);
  return readAll(provider.stream(question({ tools: [weather], ...changes }), nobodyLeaves()));
}

describe('a stream of anthropic', () => {
  const start = {
    type: 'message_start',
    message: {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      model: 'claude',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 11, output_tokens: 1 },
    },
  };
  const block = (index: number, contentBlock: object, ...deltas: object[]) => [
    { type: 'content_block_start', index, content_block: contentBlock },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
  const text = (...words: string[]) =>
    block(0, { type: 'text', text: '' }, ...words.map((word) => ({ type: 'text_delta', text: word })));
  const end = (stopReason: string | null) => [
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: 7 },
    },
    { type: 'message_stop' },
  ];

  it('comes piece by piece, pings apart, and counts its tokens', async () => {
    const events = [start, { type: 'ping' }, ...text('Fi', 'ne.'), ...end('end_turn')];
    const { parts, result } = await streamOf('anthropic', { events });
    expect(parts).toEqual(['Fi', 'ne.'].map((word) => ({ kind: 'text', text: word })));
    expect(answerOf(result)).toEqual({
      text: 'Fine.',
      toolCalls: [],
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 7, reasoningTokens: 0 },
    });
  });

  it('tells of a tool call with the signed thinking that led to it, as a call does', async () => {
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'signed' };
    const use = { type: 'tool_use', id: 'toolu_1', name: 'weather' };
    const events = [
      start,
      ...block(
        0,
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: 'Hm.' },
        { type: 'signature_delta', signature: 'signed' },
      ),
      ...block(
        1,
        { ...use, input: {} },
        { type: 'input_json_delta', partial_json: '{"city":' },
        { type: 'input_json_delta', partial_json: '"Oslo"}' },
      ),
      ...end('tool_use'),
    ];
    const { parts, result } = await streamOf('anthropic', { events });
    const told = parts.filter(({ kind }) => kind !== 'progress' && kind !== 'tool_arguments');
    expect(told).toMatchObject([
      { kind: 'reasoning' },
      { kind: 'reasoning_end', providerState: expect.stringContaining('signature') as string },
      { kind: 'tool_call', index: 0, providerState: answerOf(result).toolCalls[0]?.providerState },
    ]);
    const { usage } = start.message;
    const content = [thinking, { ...use, input: { city: 'Oslo' } }];
    stage.server.next({
      body: { ...start.message, content, stop_reason: 'tool_use', usage: { ...usage, output_tokens: 7 } },
    });
    const provider = await stage.provider('anthropic');
    const called = await provider.call(question({ tools: [weather] }), nobodyLeaves());
    expect(answerOf(result)).toEqual(answerOf(called));
    expect(answerOf(result).toolCalls[0]?.providerState).toContain('signed');
  });

  it.each([
    ['its connection is cut', { events: [start, ...text('half')], streamFault: 'cut' }],
    ['it ends without its last event', { events: [start, ...text('half')] }],
    ['it ends without a stop reason', { events: [start, ...text('half'), ...end(null)] }],
    ['an event is no event', { events: [start, ...text('half'), '{"type":', ...end('end_turn')] }],
  ] as const)('is malformed, with what it has counted, when %s', async (_case, reply) => {
    const read = await streamOf('anthropic', reply);
    expect(failureOf(read.result).failureClass).toBe('MALFORMED');
    expect(read.text).toBe('half');
    expect(read.result).toMatchObject({ usage: { inputTokens: 11 } });
  });

  it('is malformed when it begins with something that is no event', async () => {
    expect(failureOf((await streamOf('anthropic', { events: ['<html>'] })).result).failureClass).toBe(
      'MALFORMED',
    );
  });

  it.each([0, 2])('is out of service when it is overloaded after %i events', async (count) => {
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const events = [...[start, ...text('half')].slice(0, count), overloaded];
    const failure = failureOf((await streamOf('anthropic', { events })).result);
    expect(failure.failureClass).toBe('SERVER_ERROR');
    expect(failure.message).toContain('overloaded_error');
  });

  it.each([
    ['max_tokens', 'EMPTY_OUTPUT'],
    ['refusal', 'CONTENT_FILTER'],
  ])('has failed when it ends by %s without a word', async (reason, failureClass) => {
    const { result } = await streamOf('anthropic', { events: [start, ...end(reason)] });
    expect(failureOf(result).failureClass).toBe(failureClass);
  });
});

describe('a stream of google', () => {
  const chunk = (parts: object[], finishReason?: string) => ({
    candidates: [{ content: { role: 'model', parts }, ...(finishReason && { finishReason }) }],
    usageMetadata: {
      promptTokenCount: 11,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 3,
      totalTokenCount: 21,
    },
  });

  it('comes piece by piece, with thoughts apart and counted as output', async () => {
    const events = [
      chunk([{ text: 'Hm.', thought: true }]),
      chunk([{ text: 'Fi' }]),
      chunk([{ text: 'ne.' }], 'STOP'),
    ];
    const { parts, result } = await streamOf('google', { events });
    const providerState = JSON.stringify({ provider: 'them', thoughts: [{ text: 'Hm.' }] });
    expect(parts).toEqual([
      { kind: 'reasoning', text: 'Hm.' },
      { kind: 'reasoning_end', providerState },
      { kind: 'text', text: 'Fi' },
      { kind: 'text', text: 'ne.' },
    ]);
    expect(answerOf(result)).toMatchObject({
      text: 'Fine.',
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 10, reasoningTokens: 3 },
    });
  });

  it('keeps the thought signature of a tool call', async () => {
    const call = { functionCall: { name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: 'signed' };
    const { parts, result } = await streamOf('google', { events: [chunk([call], 'STOP')] });
    const begun = parts.find(({ kind }) => kind === 'tool_call');
    expect(begun).not.toHaveProperty('providerState');
    expect(answerOf(result)).toMatchObject({ finishReason: 'tool_calls', toolCalls: [{ name: 'weather' }] });
    expect(answerOf(result).toolCalls[0]?.providerState).toContain('signed');
  });

  it.each([
    ['its connection is cut', { events: [chunk([{ text: 'half' }])], streamFault: 'cut' }, 'MALFORMED'],
    ['it ends without a finish reason', { events: [chunk([{ text: 'half' }])] }, 'MALFORMED'],
    ['a chunk is none', { events: [chunk([{ text: 'half' }]), '{"cand'] }, 'MALFORMED'],
    [
      'a chunk is an error',
      {
        events: [chunk([{ text: 'half' }]), { error: { code: 503, status: 'UNAVAILABLE', message: 'busy' } }],
      },
      'SERVER_ERROR',
    ],
  ] as const)('fails, with what it has counted, when %s', async (_case, reply, failureClass) => {
    const { result, text } = await streamOf('google', reply);
    expect(failureOf(result).failureClass).toBe(failureClass);
    expect(text).toBe('half');
    expect(result).toMatchObject({ usage: { inputTokens: 11, outputTokens: 10, reasoningTokens: 3 } });
  });

  it('has failed when its prompt was blocked', async () => {
    const { result } = await streamOf('google', { events: [{ promptFeedback: { blockReason: 'SAFETY' } }] });
    expect(failureOf(result).failureClass).toBe('CONTENT_FILTER');
  });
});

describe('a stream of openai, through the Responses API', () => {
  const response = { id: 'resp_1', created_at: 1_700_000_000, model: 'gpt-5-mini' };
  const usage = { input_tokens: 11, output_tokens: 7, output_tokens_details: { reasoning_tokens: 3 } };
  const created = { type: 'response.created', response };
  const message = (text: string, index = 0, phase?: string) => {
    const item = { type: 'message', id: `msg_${index}`, ...(phase && { phase }) };
    return [
      { type: 'response.output_item.added', output_index: index, item },
      { type: 'response.output_text.delta', item_id: item.id, output_index: index, delta: text },
      { type: 'response.output_item.done', output_index: index, item },
    ];
  };
  const completed = { type: 'response.completed', response: { ...response, usage } };

  it('comes with its reasoning counted', async () => {
    const { parts, result } = await streamOf('openai', { events: [created, ...message('Fine.'), completed] });
    expect(parts).toEqual([{ kind: 'text', text: 'Fine.' }]);
    expect(answerOf(result)).toMatchObject({
      text: 'Fine.',
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 7, reasoningTokens: 3 },
    });
  });

  it('keeps remarks on the way out of a JSON answer', async () => {
    const events = [
      created,
      ...message('Let me see.', 0, 'commentary'),
      ...message('{}', 1, 'final_answer'),
      completed,
    ];
    const { text, result } = await streamOf('openai', { events }, { responseFormat: { type: 'json' } });
    expect(text).toBe('{}');
    expect(answerOf(result).text).toBe('{}');
  });

  it.each([
    ['it ends without its last event', [created, ...message('half')], 'MALFORMED'],
    [
      'it says that it failed',
      [
        created,
        ...message('half'),
        {
          type: 'response.failed',
          response: { ...response, error: { code: 'rate_limit_exceeded', message: '' } },
        },
      ],
      'RATE_LIMITED',
    ],
  ])('fails when %s', async (_case, events, failureClass) => {
    const { result, text } = await streamOf('openai', { events });
    expect(failureOf(result).failureClass).toBe(failureClass);
    expect(text).toBe('half');
  });
});
