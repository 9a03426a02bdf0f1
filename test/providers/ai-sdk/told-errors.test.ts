import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Adapter, ProviderResult } from '../../../src/providers/provider.ts';
import { openProviderStage, type ProviderStage } from '../provider-stage.ts';
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

async function whole(adapter: Adapter, body: unknown): Promise<ProviderResult> {
  stage.server.next({ body });
  return (await stage.provider(adapter)).call(question(), nobodyLeaves());
}

async function streamed(adapter: Adapter, events: readonly unknown[]): Promise<ProviderResult> {
  stage.server.next({ events });
  const { result } = await readAll((await stage.provider(adapter)).stream(question(), nobodyLeaves()));
  return result;
}

interface Told {
  readonly code: string;
  readonly message: string;
}

/** What each dialect sends before it breaks off, and how it tells an error. */
const dialects: Readonly<Record<string, { begin: unknown[]; tell(error: Told): unknown }>> = {
  openai: {
    begin: [
      { type: 'response.created', sequence_number: 0, response: { id: 'r', created_at: 1, model: 'm' } },
      { type: 'response.output_text.delta', sequence_number: 1, item_id: 'i', delta: 'half' },
    ],
    tell: (error) => ({
      type: 'response.failed',
      sequence_number: 2,
      response: { id: 'r', created_at: 1, model: 'm', status: 'failed', error, output: [] },
    }),
  },
  anthropic: {
    begin: [
      {
        type: 'message_start',
        message: { type: 'message', id: 'm', role: 'assistant', model: 'c', content: [], usage: usageOf() },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'half' } },
    ],
    tell: ({ code, message }) => ({ type: 'error', error: { type: code, message } }),
  },
  google: {
    begin: [{ candidates: [{ content: { role: 'model', parts: [{ text: 'half' }] } }] }],
    tell: (error) => ({ error }),
  },
  'openai-compatible': {
    begin: [{ id: 'x', choices: [{ index: 0, delta: { content: 'half' }, finish_reason: null }] }],
    tell: (error) => ({ error }),
  },
  mistral: {
    begin: [{ id: 'x', choices: [{ index: 0, delta: { content: 'half' }, finish_reason: null }] }],
    tell: (error) => ({ object: 'error', ...error }),
  },
};

function usageOf(): object {
  return { input_tokens: 11, output_tokens: 1 };
}

const codes = [
  [{ code: 'rate_limit_exceeded', message: 'Slow down.' }, 'RATE_LIMITED'],
  [{ code: 'insufficient_quota', message: 'Pay.' }, 'QUOTA_EXHAUSTED'],
  [{ code: 'server_error', message: 'Oops.' }, 'SERVER_ERROR'],
  [{ code: 'context_length_exceeded', message: 'Too long.' }, 'CONTEXT_LENGTH'],
  [{ code: 'content_filter', message: 'Tut.' }, 'CONTENT_FILTER'],
  [{ code: 'invalid_api_key', message: 'Who?' }, 'AUTH'],
  [{ code: 'tool_use_failed', message: 'Broken.' }, 'INVALID_OUTPUT'],
] as const;

describe.each(Object.entries(dialects))(
  'an error that %s tells with status 200',
  (adapter, { begin, tell }) => {
    it.each(codes)('means what its code says: %o', async (error, failureClass) => {
      const told = tell(error);
      const failures = [
        failureOf(await whole(adapter as Adapter, told)),
        failureOf(await streamed(adapter as Adapter, [told])),
        failureOf(await streamed(adapter as Adapter, [...begin, told])),
      ];
      expect(failures.map((failure) => failure.failureClass)).toEqual(Array(3).fill(failureClass));
      for (const { message } of failures) expect(message).toContain(`It said: “${error.message}”`);
    });
  },
);

describe('Chat Completions', () => {
  const choice = (more: object) => ({ id: 'x', choices: [{ index: 0, finish_reason: 'stop', ...more }] });
  const message = { role: 'assistant', content: 'Fine.' };

  it.each([
    ['a number', { error: { message: 'no', code: 429 } }, 'RATE_LIMITED'],
    ['a number as text', { error: { message: 'no', code: '503' } }, 'SERVER_ERROR'],
    ['a type', { error: { message: 'no', type: 'insufficient_quota' } }, 'QUOTA_EXHAUSTED'],
    ['words alone', { error: 'Rate limit reached, too many requests' }, 'RATE_LIMITED'],
    [
      'vLLM',
      { object: 'error', message: 'maximum context length is 4096 tokens', code: 400 },
      'CONTEXT_LENGTH',
    ],
    ['MiniMax', { base_resp: { status_code: 1008, status_msg: 'insufficient balance' } }, 'QUOTA_EXHAUSTED'],
    ['beside an answer', { ...choice({ message }), error: { code: 500, message: 'no' } }, 'SERVER_ERROR'],
    [
      'in a choice',
      choice({ message, finish_reason: 'error', error: { code: 502, message: 'no' } }),
      'SERVER_ERROR',
    ],
    ['a gateway that wraps it', { error: { error: { message: 'no', code: 429 } } }, 'RATE_LIMITED'],
    ['a status of its own', { error: { message: 'no', status_code: 429 } }, 'RATE_LIMITED'],
    [
      'a code behind what it echoes',
      { echo: 'x'.repeat(70_000), error: { message: 'no', code: 'rate_limit_exceeded' } },
      'RATE_LIMITED',
    ],
    ['nothing known', { error: { message: 'no' } }, 'MALFORMED'],
  ])('tell an error in a whole body by %s', async (_case, body, failureClass) => {
    expect(failureOf(await whole('openai-compatible', body)).failureClass).toBe(failureClass);
  });

  it.each([null, false, '', 0, {}, []])('answer when the error is none: %o', async (error) => {
    expect(answerOf(await whole('openai-compatible', { ...choice({ message }), error })).text).toBe('Fine.');
  });

  it('are heard out when they come whole, in one chunk of a stream', async () => {
    const { text } = answerOf(await streamed('openai-compatible', [choice({ message })]));
    expect(text).toBe('Fine.');
  });

  it.each(['x', { google: 'x' }, 5])('lose no tool call for an odd field beside it: %j', async (extra) => {
    const call = { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const calling = { role: 'assistant', tool_calls: [{ ...call, extra_content: extra }] };
    const told = choice({ message: calling, finish_reason: 'tool_calls' });
    const inPieces = choice({ delta: calling, finish_reason: 'tool_calls' });
    expect(answerOf(await whole('openai-compatible', told)).toolCalls).toHaveLength(1);
    expect(answerOf(await streamed('openai-compatible', [inPieces])).toolCalls).toHaveLength(1);
  });

  it('are withheld without a message by a content filter, as Azure does it', async () => {
    const body = choice({
      finish_reason: 'content_filter',
      content_filter_results: { hate: { filtered: true } },
    });
    expect(failureOf(await whole('openai-compatible', body)).failureClass).toBe('CONTENT_FILTER');
    const ended = await streamed('openai-compatible', [choice({ finish_reason: 'content_filter' })]);
    expect(failureOf(ended).failureClass).toBe('CONTENT_FILTER');
  });

  it.each([
    ['MALFORMED_FUNCTION_CALL', 'INVALID_OUTPUT'],
    ['UNEXPECTED_TOOL_CALL', 'INVALID_OUTPUT'],
    ['SAFETY', 'CONTENT_FILTER'],
    ['something_new', 'MALFORMED'],
  ])('tell what broke off upstream: %s', async (native, failureClass) => {
    const end = { finish_reason: 'error', native_finish_reason: native };
    const body = choice({ ...end, message: { role: 'assistant', content: '' } });
    expect(failureOf(await whole('openai-compatible', body)).failureClass).toBe(failureClass);
    const chunk = choice({ ...end, delta: {} });
    expect(failureOf(await streamed('openai-compatible', [chunk])).failureClass).toBe(failureClass);
  });

  it('count what they bill, though they failed', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const result = await whole('openai-compatible', { error: { code: 500 }, usage });
    expect(result).toMatchObject({ ok: false, usage: { inputTokens: 10, outputTokens: 5 } });
  });
});

describe('google', () => {
  const end = (finishReason: string, parts: unknown[] = []) => ({
    candidates: [{ content: { role: 'model', parts }, finishReason }],
  });

  it.each([
    ['MALFORMED_FUNCTION_CALL', 'INVALID_OUTPUT'],
    ['UNEXPECTED_TOOL_CALL', 'INVALID_OUTPUT'],
    ['SAFETY', 'CONTENT_FILTER'],
    ['RECITATION', 'CONTENT_FILTER'],
    ['BLOCKLIST', 'CONTENT_FILTER'],
  ])('ends by %s with a failure that is not its own, whole and streamed', async (reason, failureClass) => {
    expect(failureOf(await whole('google', end(reason))).failureClass).toBe(failureClass);
    expect(failureOf(await streamed('google', [end(reason)])).failureClass).toBe(failureClass);
  });

  it('blocks a prompt, whole and streamed', async () => {
    const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } };
    expect(failureOf(await whole('google', blocked)).failureClass).toBe('CONTENT_FILTER');
    expect(failureOf(await streamed('google', [blocked])).failureClass).toBe('CONTENT_FILTER');
  });
});
