import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  ProviderConnection,
  ProviderFactory,
  ProviderRequest,
} from '../../../src/providers/provider.ts';
import type { ScriptedProvider, ScriptedReply } from '../../support/providers/scripted-provider.ts';
import { openProviderStage, type ProviderStage } from '../provider-stage.ts';
import { answerOf, failureOf, nobodyLeaves, question } from '../../support/providers/provider-calls.ts';

const secret = 'sk-this-is-the-secret';
const prompt = 'the-very-private-prompt';

let stage: ProviderStage;
let server: ScriptedProvider;
let factory: ProviderFactory;
beforeEach(async () => {
  stage = await openProviderStage();
  ({ server, factory } = stage);
});
afterEach(() => stage[Symbol.asyncDispose]());

function connection(changes: Partial<ProviderConnection> = {}): ProviderConnection {
  return {
    slug: 'local',
    adapter: 'openai-compatible',
    baseUrl: server.baseUrl,
    credential: secret,
    ...changes,
  };
}

async function ask(changes: Partial<ProviderRequest> = {}, signal = nobodyLeaves()) {
  const provider = await factory.provider(connection());
  return provider.call(question(changes), signal);
}

async function failureFor(reply: ScriptedReply) {
  server.next(reply);
  return failureOf(await ask({ messages: [{ role: 'user', parts: [{ type: 'text', text: prompt }] }] }));
}

describe('an OpenAI-compatible provider', () => {
  it('is asked once, with the key, and its answer comes back with usage and rate-limit headers', async () => {
    server.next({
      text: 'Fine.',
      headers: { 'x-ratelimit-remaining-requests': '41', 'retry-after': '0', 'x-request-id': 'abc' },
    });
    const result = await ask({ sampling: { temperature: 0.5 }, reasoningEffort: 'low' });
    expect(result).toEqual({
      ok: true,
      answer: {
        text: 'Fine.',
        toolCalls: [],
        finishReason: 'stop',
        usage: { inputTokens: 10, outputTokens: 5, reasoningTokens: 0 },
      },
      headers: {
        'x-ratelimit-remaining-requests': '41',
        'retry-after': '0',
        date: expect.any(String) as string,
      },
    });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${secret}` },
      body: {
        model: 'small',
        messages: [{ role: 'user', content: 'How are you?' }],
        max_tokens: 100,
        temperature: 0.5,
        reasoning_effort: 'low',
      },
    });
  });

  it('is sent no authorization when it needs none', async () => {
    const provider = await factory.provider(connection({ credential: null }));
    await provider.call(question(), nobodyLeaves());
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('gets tools and their results, and its calls come back as it wrote them', async () => {
    server.next({ toolCalls: [{ id: 'call_2', name: 'weather', arguments: '{"city": "Rome"}' }] });
    const result = await ask({
      tools: [
        { name: 'weather', description: 'Tells the weather', parameters: { type: 'object', properties: {} } },
      ],
      toolChoice: { mode: 'tool', toolName: 'weather' },
      messages: [
        { role: 'system', text: 'Be brief.' },
        { role: 'user', parts: [{ type: 'text', text: 'Oslo, then Rome' }] },
        {
          role: 'assistant',
          text: '',
          toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }],
        },
        { role: 'tool', toolCallId: 'call_1', toolName: 'weather', text: 'snow' },
      ],
    });
    expect(answerOf(result)).toMatchObject({
      text: '',
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'call_2', name: 'weather', arguments: '{"city": "Rome"}' }],
    });
    expect(server.requests[0]?.body).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Oslo, then Rome' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'snow' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'weather', description: 'Tells the weather', parameters: { type: 'object' } },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    });
  });

  it('gets images as URLs and as bytes', async () => {
    await ask({
      messages: [
        {
          role: 'user',
          parts: [
            { type: 'text', text: 'Look' },
            { type: 'image', url: 'https://example.com/cat.png' },
            { type: 'image', base64: 'aGVsbG8=', mediaType: 'image/png' },
            { type: 'image', url: 'data:image/gif;base64,R0lGOD' },
          ],
        },
      ],
    });
    expect(server.requests[0]?.body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,aGVsbG8=' } },
          { type: 'image_url', image_url: { url: 'data:image/gif;base64,R0lGOD' } },
        ],
      },
    ]);
  });

  it('is held to a JSON schema', async () => {
    const jsonSchema = { type: 'object', properties: { a: { type: 'string' } } };
    await ask({ responseFormat: { type: 'json_schema', jsonSchema } });
    expect(server.requests[0]?.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { schema: jsonSchema },
    });
  });

  it('is asked for JSON in words too, without which some refuse the mode', async () => {
    await ask({ responseFormat: { type: 'json' } });
    expect(server.requests[0]?.body).toMatchObject({
      response_format: { type: 'json_object' },
      messages: [{ role: 'system', content: expect.stringContaining('JSON') as string }, { role: 'user' }],
    });
  });

  it.each([
    ['a server error, and not again', { status: 500 }, 'SERVER_ERROR', 500],
    [
      'a server error that names a context length',
      { status: 503, body: 'maximum context length' },
      'SERVER_ERROR',
      503,
    ],
    ['a refused key', { status: 401 }, 'AUTH', 401],
    ['a missing model', { status: 404 }, 'MODEL_NOT_FOUND', 404],
    ['a redirect', { status: 302, headers: { location: '/other' } }, 'MALFORMED', 302],
    ['HTML with status 200', { body: '<html>hello</html>' }, 'MALFORMED', 200],
    ['truncated JSON', { body: '{"choices":[{"mess' }, 'MALFORMED', 200],
    ['an error told with status 200', { body: { error: { message: 'no', code: 429 } } }, 'RATE_LIMITED', 429],
    ['no choices at all', { body: { id: 'x', choices: [] } }, 'MALFORMED', 200],
    ['an empty body', { body: '' }, 'MALFORMED', 200],
    ['a body cut by the network', { text: 'long '.repeat(100), fault: 'truncate' }, 'MALFORMED', 200],
    ['an upstream that broke off', { text: 'half an', finishReason: 'error' }, 'MALFORMED', 200],
    ['a budget spent without a word', { text: '', finishReason: 'length' }, 'EMPTY_OUTPUT', 200],
    ['a withheld answer', { text: '', finishReason: 'content_filter' }, 'CONTENT_FILTER', 200],
    ['a reset connection', { fault: 'reset' }, 'CONNECTION', undefined],
  ] as const)('is called once and classified: %s', async (_case, reply, failureClass, httpStatus) => {
    const failure = await failureFor(reply);
    expect(failure).toMatchObject({ failureClass, ...(httpStatus !== undefined && { httpStatus }) });
    expect(server.received).toBe(1);
  });

  it('waits as long as a 429 says in seconds or as a date', async () => {
    expect(await failureFor({ status: 429, headers: { 'retry-after': '7' } })).toMatchObject({
      failureClass: 'RATE_LIMITED',
      retryAfterMs: 7000,
    });
    const date = new Date(Date.now() + 90_000).toUTCString();
    const failure = await failureFor({ status: 429, headers: { 'retry-after': date } });
    expect(failure.retryAfterMs).toBeGreaterThan(80_000);
    expect(failure.retryAfterMs).toBeLessThanOrEqual(90_000);
  });

  it('tells what it counted although it did not answer', async () => {
    server.next({ text: '', finishReason: 'length' });
    const result = await ask();
    expect(result).toMatchObject({ ok: false, usage: { inputTokens: 10, outputTokens: 5 } });
  });

  it('never passes a cut answer for a complete one', async () => {
    server.next({ text: 'half a sen', finishReason: 'length' });
    expect(answerOf(await ask()).finishReason).toBe('length');
  });

  it('does not answer when nothing listens', async () => {
    await server[Symbol.asyncDispose]();
    expect(failureOf(await ask())).toMatchObject({ failureClass: 'CONNECTION' });
  });

  it('is let go at once when the caller aborts', async () => {
    const controller = new AbortController();
    server.next({ fault: 'hang' });
    const pending = ask({}, controller.signal);
    await server.arrival(1);
    controller.abort();
    expect(failureOf(await pending).failureClass).toBe('CANCELLED');
    await server.abandonment(1);
  });

  it('is not called for a caller who has left', async () => {
    expect(failureOf(await ask({}, AbortSignal.abort())).failureClass).toBe('CANCELLED');
    expect(server.received).toBe(0);
  });

  it('refuses an image that is nowhere as an invalid request', async () => {
    const parts = [{ type: 'image', url: 'not a url' }] as const;
    expect(failureOf(await ask({ messages: [{ role: 'user', parts }] })).failureClass).toBe(
      'INVALID_REQUEST',
    );
  });

  it.each([
    {
      status: 400,
      body: { error: { message: `you said ${prompt} with ${secret}`, code: secret, type: prompt } },
    },
    { status: 200, body: `${prompt} ${secret}` },
    { status: 429, body: prompt + secret },
  ])('never repeats a prompt or a key in a failure', async (reply) => {
    const failure = await failureFor(reply);
    expect(JSON.stringify(failure)).not.toContain(prompt);
    expect(JSON.stringify(failure)).not.toContain(secret);
    expect(failure.message.length).toBeLessThanOrEqual(300);
  });

  it('fails on our side with a key that cannot be sent, and the log does not repeat the key', async () => {
    const provider = await factory.provider(connection({ credential: `${secret}\n.` }));
    expect(failureOf(await provider.call(question(), nobodyLeaves())).failureClass).toBe('INTERNAL');
    const logged = stage.errors.splice(0);
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toContain(secret);
  });

  it('is one instance as long as its connection stays the same', async () => {
    const first = await factory.provider(connection());
    expect(await factory.provider(connection())).toBe(first);
    expect(await factory.provider(connection({ credential: 'other' }))).not.toBe(first);
  });
});
