import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addModel } from '../../support/graphql/admin.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { ask, eventsOf, sayHello, send } from '../http-client.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let first: ScriptedProvider;
let second: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  first = stack.use(await startScriptedProvider());
  second = stack.use(await startScriptedProvider());
  const capabilities = ['STREAMING', 'TOOLS', 'JSON_SCHEMA'];
  await addModel(server, 'first', first, { ats: 0.95, capabilities });
  await addModel(server, 'second', second, { ats: 0.6, capabilities });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => [first, second].forEach((provider) => provider.reset()));

const chat = (body: object, headers?: Record<string, string>) =>
  ask(server, '/v1/chat/completions', body, headers);
const calls = [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }];
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];

describe('a whole answer', () => {
  it('is the shape of Chat Completions, and its header tells the decision', async () => {
    const { status, headers, body } = await chat(sayHello());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      model: 'first/model',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    });
    expect(headers.get('x-switchyard-model')).toBe('first/model');
    expect(headers.get('x-switchyard-attempts')).toBe('1');
    expect(headers.get('x-switchyard-cost-usd')).toBe('0.00002');
    expect(headers.get('x-request-id')).toMatch(/^req_/);
    const id = headers.get('x-switchyard-decision-id');
    const found = await server.field(
      'routingDecision',
      'query ($id: ID!) { routingDecision(id: $id) { status } }',
      {
        id,
      },
    );
    expect(found).toEqual({ status: 'SUCCEEDED' });
  });

  it('is given to whoever shows its key as x-api-key too', async () => {
    expect((await chat(sayHello(), { 'x-api-key': adminKey })).status).toBe(200);
  });

  it('falls back along the plan, and says how many calls that took', async () => {
    first.always({ status: 500 });
    const { headers, body } = await chat(sayHello());
    expect(body.model).toBe('second/model');
    expect(headers.get('x-switchyard-attempts')).toBe('3');
  });

  it('calls tools', async () => {
    first.always({ toolCalls: calls });
    const { body } = await chat(sayHello({ tools }));
    expect(body.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather' } }],
      },
    });
  });
});

describe('a stream', () => {
  it('begins with a role, ends with a reason and [DONE], and tells its usage where that was asked for', async () => {
    first.always({ chunks: ['Hel', 'lo.'] });
    const stream_options = { include_usage: true };
    const response = await send(server, '/v1/chat/completions', sayHello({ stream: true, stream_options }));
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('x-switchyard-model')).toBe('first/model');
    const events = await eventsOf(response);
    expect(events.at(-1)).toBe('[DONE]');
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { total_tokens: 15 } });
    expect(events.at(-3)).toMatchObject({
      choices: [{ delta: {}, finish_reason: 'stop' }],
      switchyard: { model: 'first/model', attempts: 1, cost_usd: 0.00002 },
    });
    const text = events.slice(0, -2).map(({ choices }) => choices[0].delta.content ?? '');
    expect(text.join('')).toBe('Hello.');
    expect(events[0].choices[0].delta).toMatchObject({ role: 'assistant' });
  });

  it('that fails before its first token has a status of its own', async () => {
    for (const provider of [first, second]) provider.always({ status: 500 });
    const { status, headers, body } = await chat(sayHello({ stream: true }));
    expect(status).toBe(502);
    expect(headers.get('x-should-retry')).toBe('false');
    expect(headers.get('x-switchyard-attempts')).toBe('3');
    expect(body.error).toMatchObject({ type: 'server_error', code: 'attempts_exhausted', param: null });
  });

  it('that breaks after its first token ends with an error and without [DONE]', async () => {
    first.always({ chunks: ['Hel', 'lo.'], streamFault: 'cut', afterChunks: 1 });
    const response = await send(server, '/v1/chat/completions', sayHello({ stream: true }));
    const events = await eventsOf(response);
    expect(events.at(-1)).toMatchObject({ error: { code: 'stream_interrupted' } });
    expect(events).not.toContain('[DONE]');
  });

  it('calls tools with their index', async () => {
    first.always({ toolCalls: calls });
    const response = await send(server, '/v1/chat/completions', sayHello({ stream: true, tools }));
    const events = await eventsOf(response);
    const delta = events.find((event) => event.choices?.[0]?.delta.tool_calls !== undefined);
    expect(delta.choices[0].delta.tool_calls).toMatchObject([{ index: 0, id: 'call_1' }]);
    const pieces = events.flatMap((event) => event.choices?.[0]?.delta.tool_calls ?? []);
    expect(pieces.length).toBeGreaterThan(2);
    const written = pieces.map((piece: { function: { arguments: string } }) => piece.function.arguments);
    expect(written.join('')).toBe(calls[0]!.arguments);
    expect(events.at(-2).choices[0].finish_reason).toBe('tool_calls');
  });

  it('of a client that leaves lets the provider go', async () => {
    const before = first.abandoned;
    first.always({ chunks: ['Hel', 'lo.'], streamFault: 'stall', afterChunks: 1 });
    const response = await send(server, '/v1/chat/completions', sayHello({ stream: true }));
    await response.body!.cancel();
    await first.abandonment(before + 1);
  });
});

describe('a bad request is refused in the words of the API', () => {
  const cases: readonly [name: string, body: object, status: number, error: object][] = [
    ['an unknown model', { model: 'first/modell' }, 404, { code: 'model_not_found', param: 'model' }],
    ['more than one answer', { n: 2 }, 400, { param: 'n' }],
    ['a parameter that nobody knows', { temprature: 1 }, 400, { param: 'temprature' }],
    ['a wrong type', { temperature: 'hot' }, 400, { param: 'temperature' }],
    ['a number out of range', { temperature: 3 }, 400, { param: 'temperature' }],
    ['a budget of nothing', { max_tokens: 0 }, 400, { param: 'max_tokens' }],
    ['a budget below nothing', { max_completion_tokens: -1 }, 400, { param: 'max_completion_tokens' }],
    ['no messages', { messages: [] }, 400, { param: 'messages' }],
    ['a wrong role', { messages: [{ role: 'boss', content: 'x' }] }, 400, { param: 'messages[0].role' }],
    ['tools of one name', { tools: [...tools, ...tools] }, 400, { param: 'tools[1].function.name' }],
    [
      'a result of no call',
      { messages: [{ role: 'tool', tool_call_id: 'x', content: 'y' }] },
      400,
      { param: 'messages[0].tool_call_id' },
    ],
    ['functions', { functions: [] }, 400, { param: 'functions' }],
    ['an option of ours that is none', { switchyard: { polcy: 1 } }, 400, { param: 'switchyard.polcy' }],
  ];
  it.each(cases)('%s', async (_name, body, status, error) => {
    const before = first.received;
    const answer = await chat(sayHello(body));
    expect(answer).toMatchObject({ status, body: { error: { message: expect.any(String), ...error } } });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    expect(first.received).toBe(before);
  });

  it('no JSON, no key, a wrong method, and a path of nothing', async () => {
    const broken = await ask(server, '/v1/chat/completions', '{');
    expect(broken).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error' } } });
    const stranger = await chat(sayHello(), {});
    expect(stranger).toMatchObject({ status: 401, body: { error: { code: 'invalid_api_key' } } });
    const read = await ask(server, '/v1/chat/completions');
    expect(read).toMatchObject({ status: 405, body: { error: { code: 'method_not_allowed' } } });
    const nowhere = await ask(server, '/v1/nowhere');
    expect(nowhere).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  });
});
