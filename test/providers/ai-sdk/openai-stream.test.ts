import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderRequest } from '../../../src/providers/provider.ts';
import type { ScriptedProvider, ScriptedReply } from '../../support/providers/scripted-provider.ts';
import { openProviderStage, type ProviderStage } from '../provider-stage.ts';
import {
  answerOf,
  failureOf,
  nobodyLeaves,
  question,
  readAll,
} from '../../support/providers/provider-calls.ts';

let stage: ProviderStage;
let server: ScriptedProvider;
beforeEach(async () => {
  stage = await openProviderStage();
  ({ server } = stage);
});
afterEach(() => stage[Symbol.asyncDispose]());

async function stream(changes: Partial<ProviderRequest> = {}, signal = nobodyLeaves()) {
  return (await stage.provider()).stream(question(changes), signal)[Symbol.asyncIterator]();
}

async function readReply(reply: ScriptedReply, changes: Partial<ProviderRequest> = {}) {
  server.next(reply);
  return readAll((await stage.provider()).stream(question(changes), nobodyLeaves()));
}

const never = new Promise(() => {});

describe('a stream of an OpenAI-compatible provider', () => {
  it('comes piece by piece, and its end tells the answer with usage and rate-limit headers', async () => {
    const { parts, result } = await readReply({
      chunks: ['Fi', 'ne', '.'],
      headers: { 'x-ratelimit-remaining-requests': '41', 'x-request-id': 'abc' },
    });
    expect(parts).toEqual(['Fi', 'ne', '.'].map((text) => ({ kind: 'text', text })));
    expect(result).toEqual({
      ok: true,
      answer: {
        text: 'Fine.',
        toolCalls: [],
        finishReason: 'stop',
        usage: { inputTokens: 10, outputTokens: 5, reasoningTokens: 0 },
      },
      headers: { 'x-ratelimit-remaining-requests': '41', date: expect.any(String) as string },
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer k' },
      body: { model: 'small', stream: true, stream_options: { include_usage: true }, max_tokens: 100 },
    });
  });

  it('is delivered as it arrives, not when it is complete', async () => {
    const gate = Promise.withResolvers<void>();
    server.next({ chunks: ['early', 'late'], gate: (chunk) => (chunk === 1 ? gate.promise : undefined) });
    const parts = await stream();
    expect(await parts.next()).toEqual({ done: false, value: { kind: 'text', text: 'early' } });
    gate.resolve();
    expect(await parts.next()).toEqual({ done: false, value: { kind: 'text', text: 'late' } });
  });

  it('sends nothing before it is first read', async () => {
    const parts = await stream();
    await (await stage.provider()).call(question(), nobodyLeaves());
    expect(server.received).toBe(1);
    await parts.next();
    expect(server.received).toBe(2);
  });

  it('tells tool calls as they are written, and in the end whole, as a call does', async () => {
    const reply = { toolCalls: [{ id: 'call_2', name: 'weather', arguments: '{"city": "Rome"}' }] };
    const tools = [{ name: 'weather', parameters: { type: 'object' } }];
    const { parts, result } = await readReply(reply, { tools });
    const [begun, ...written] = parts.filter(({ kind }) => kind !== 'progress');
    expect(begun).toEqual({
      ...{ kind: 'tool_call', index: 0, id: 'call_2', name: 'weather', providerState: null },
    });
    const args = written.flatMap((piece) => (piece.kind === 'tool_arguments' ? [piece.text] : []));
    expect(args.join('')).toBe('{"city": "Rome"}');
    server.next(reply);
    const called = await (await stage.provider()).call(question({ tools }), nobodyLeaves());
    expect(answerOf(result)).toEqual(answerOf(called));
    expect(answerOf(result)).toMatchObject({ finishReason: 'tool_calls', toolCalls: reply.toolCalls });
  });

  it('leaves open what comes back with a call that begins signed', async () => {
    const call = {
      ...{ index: 0, id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{}' } },
      extra_content: { google: { thought_signature: 'signed' } },
    };
    const choices = [{ index: 0, delta: { tool_calls: [call] }, finish_reason: 'tool_calls' }];
    const tools = [{ name: 'weather', parameters: { type: 'object' } }];
    const { parts, result } = await readReply({ events: [{ choices }, '[DONE]'] }, { tools });
    expect(parts[0]).toEqual({ kind: 'tool_call', index: 0, id: 'call_2', name: 'weather' });
    expect(answerOf(result).toolCalls[0]?.providerState).toContain('signed');
  });

  it('tells reasoning apart and keeps it out of the text', async () => {
    const reasoning = { choices: [{ index: 0, delta: { reasoning_content: 'Hm.' }, finish_reason: null }] };
    const content = { choices: [{ index: 0, delta: { content: 'Fine.' }, finish_reason: 'stop' }] };
    const { parts, result } = await readReply({ events: [reasoning, content, '[DONE]'] });
    expect(parts).toEqual([
      { kind: 'reasoning', text: 'Hm.' },
      { kind: 'reasoning_end' },
      { kind: 'text', text: 'Fine.' },
    ]);
    expect(answerOf(result).text).toBe('Fine.');
  });

  it('is asked to count its tokens only where the provider knows the question', async () => {
    for (const adapter of ['mistral', 'togetherai'] as const) {
      await readAll((await stage.provider(adapter)).stream(question(), nobodyLeaves()));
    }
    const asked = server.requests.map(({ body }) => 'stream_options' in body);
    expect(asked).toEqual([false, true]);
  });

  it.each([
    ['cut before its first chunk', { streamFault: 'cut', afterChunks: 0 }, ''],
    ['cut midway', { streamFault: 'cut', afterChunks: 2 }, 'onetwo'],
    ['cut after its last word', { streamFault: 'cut' }, 'onetwothree'],
    ['over before it said why', { streamFault: 'no-finish' }, 'onetwothree'],
    ['broken by a chunk that is none', { streamFault: 'malformed', afterChunks: 1 }, 'one'],
    ['broken by an error that says nothing', { streamFault: 'error', afterChunks: 1 }, 'one'],
  ] as const)('is malformed when it is %s, and delivered what came', async (_case, reply, text) => {
    const read = await readReply({ chunks: ['one', 'two', 'three'], ...reply });
    expect(failureOf(read.result)).toMatchObject({ failureClass: 'MALFORMED', httpStatus: 200 });
    expect(read.text).toBe(text);
    expect(server.received).toBe(1);
  });

  it('is complete without [DONE], once the model has said why it ended', async () => {
    const { result } = await readReply({ chunks: ['Fine.'], streamFault: 'no-done' });
    expect(answerOf(result)).toMatchObject({ text: 'Fine.', finishReason: 'stop' });
  });

  it.each([
    ['too many requests', { code: 'rate_limit_exceeded', message: 'slow down' }, 'RATE_LIMITED'],
    ['a status in digits', { code: 502, message: 'upstream' }, 'SERVER_ERROR'],
    ['a status as text', { code: '429', message: 'upstream' }, 'RATE_LIMITED'],
    ['an overload', { type: 'overloaded_error', message: 'busy' }, 'SERVER_ERROR'],
    ['no money', { code: 'insufficient_quota', message: 'pay' }, 'QUOTA_EXHAUSTED'],
    [
      'a long prompt',
      { type: 'invalid_request_error', code: 'context_length_exceeded', message: '' },
      'CONTEXT_LENGTH',
    ],
    ['a content filter', { code: 'content_filter', message: 'no' }, 'CONTENT_FILTER'],
    ['prose alone', 'the prompt is too long', 'CONTEXT_LENGTH'],
  ])('fails with what its error chunk names: %s', async (_case, error, failureClass) => {
    const { result, text } = await readReply({
      chunks: ['one', 'two'],
      streamFault: 'error',
      afterChunks: 1,
      error,
      headers: { 'retry-after': '7' },
    });
    expect(failureOf(result)).toMatchObject({ failureClass, retryAfterMs: 7_000 });
    expect(result.headers).toEqual({ 'retry-after': '7', date: expect.any(String) as string });
    expect(text).toBe('one');
  });

  it.each([
    ['a server error', { status: 500 }, 'SERVER_ERROR', 500],
    ['a rate limit', { status: 429 }, 'RATE_LIMITED', 429],
    ['a refused key', { status: 401 }, 'AUTH', 401],
    ['a redirect', { status: 302, body: '', headers: { location: '/other' } }, 'MALFORMED', 302],
    ['HTML with status 200', { body: '<html>hello</html>' }, 'MALFORMED', 200],
    ['an empty body', { body: '' }, 'MALFORMED', 200],
    ['a whole answer that nobody asked for', { body: { choices: [] } }, 'MALFORMED', 200],
    ['a budget spent without a word', { chunks: [], finishReason: 'length' }, 'EMPTY_OUTPUT', 200],
    ['a withheld answer', { chunks: [], finishReason: 'content_filter' }, 'CONTENT_FILTER', 200],
    ['an upstream that broke off', { chunks: ['half an'], finishReason: 'error' }, 'MALFORMED', 200],
    ['a reset connection', { fault: 'reset' }, 'CONNECTION', undefined],
  ] as const)('fails as a call does: %s', async (_case, reply, failureClass, httpStatus) => {
    const { result } = await readReply(reply);
    const failure = failureOf(result);
    expect(failure).toMatchObject({ failureClass });
    expect(failure.httpStatus).toBe(httpStatus);
    server.next(reply);
    const called = await (await stage.provider()).call(question(), nobodyLeaves());
    expect(failureOf(called).failureClass).toBe(failureClass);
  });

  it('never passes a cut answer for a complete one', async () => {
    const { result } = await readReply({ chunks: ['half a sen'], finishReason: 'length' });
    expect(answerOf(result).finishReason).toBe('length');
  });

  it('tells what was counted before it broke off', async () => {
    const counted = { choices: [], usage: { prompt_tokens: 10, completion_tokens: 3 } };
    const { result } = await readReply({ events: [counted, counted], streamFault: 'cut', afterChunks: 1 });
    expect(result).toMatchObject({ ok: false, usage: { inputTokens: 10, outputTokens: 3 } });
    const untold = await readReply({ chunks: ['one'], streamFault: 'cut' });
    expect(untold.result).not.toHaveProperty('usage');
  });

  it.each([
    ['before its response', { fault: 'hang' }, 0],
    ['before its first chunk', { gate: () => never }, 0],
    ['amid its chunks', { chunks: ['one', 'two'], streamFault: 'stall', afterChunks: 1 }, 1],
  ] as const)('is let go at once when the caller aborts %s', async (_case, reply, delivered) => {
    const controller = new AbortController();
    server.next(reply);
    const parts = await stream({}, controller.signal);
    for (let read = 0; read < delivered; read += 1) await parts.next();
    const pending = parts.next();
    await server.arrival(1);
    controller.abort();
    expect(await pending).toMatchObject({
      value: { kind: 'end', result: { ok: false, failure: { failureClass: 'CANCELLED' } } },
    });
    expect(await parts.next()).toEqual({ done: true, value: undefined });
    await server.abandonment(1);
  });

  it('is cancelled for a caller who aborts between two reads, whatever has been read ahead', async () => {
    const controller = new AbortController();
    server.next({ chunks: ['one', 'two', 'three'] });
    const parts = await stream({}, controller.signal);
    await parts.next();
    controller.abort();
    expect(await parts.next()).toMatchObject({
      value: { kind: 'end', result: { failure: { failureClass: 'CANCELLED' } } },
    });
  });

  it('cuts the connection of a consumer who leaves early', async () => {
    server.next({ chunks: ['one', 'two'], streamFault: 'stall', afterChunks: 1 });
    for await (const part of (await stage.provider()).stream(question(), nobodyLeaves())) {
      expect(part).toEqual({ kind: 'text', text: 'one' });
      break;
    }
    await server.abandonment(1);
  });

  it('cuts the connection before it tells of an error on the way', async () => {
    server.next({ events: [{ error: { code: 500 } }, 'x'], streamFault: 'stall', afterChunks: 1 });
    const parts = await stream();
    expect(await parts.next()).toMatchObject({ value: { kind: 'end' } });
    await server.abandonment(1);
  });

  it('leaves its connection to the next one when it has ended in order', async () => {
    for (let count = 0; count < 6; count += 1) answerOf((await readReply({ chunks: ['one'] })).result);
    expect(server.abandoned).toBe(0);
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('is not called for a caller who has left', async () => {
    const parts = await stream({}, AbortSignal.abort());
    expect(await parts.next()).toMatchObject({
      value: { kind: 'end', result: { failure: { failureClass: 'CANCELLED' } } },
    });
    expect(server.received).toBe(0);
  });

  it('reads on only as fast as it is read', async () => {
    // Far more than sockets hold, of which little is text.
    const obfuscation = 'x'.repeat(64 * 1024);
    const count = 400;
    const chunk = (finish_reason: string | null) => ({
      choices: [{ index: 0, delta: { content: 'x' }, finish_reason }],
      obfuscation,
    });
    server.next({
      events: Array.from({ length: count }, (_, index) => chunk(index === count - 1 ? 'stop' : null)),
    });
    const parts = await stream();
    await parts.next();
    let before = -1;
    await expect
      .poll(() => {
        const stands = server.sentChunks === before;
        before = server.sentChunks;
        return stands;
      })
      .toBe(true);
    expect(server.sentChunks).toBeLessThan(count * 0.75);
    const rest = await readAll({ [Symbol.asyncIterator]: () => parts });
    expect(answerOf(rest.result).text.length).toBe(count);
  });
});
