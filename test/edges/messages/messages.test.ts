import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addModel } from '../../support/graphql/admin.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { ask, eventsOf, sayHello, send } from '../http-client.ts';

const capabilities = ['STREAMING', 'TOOLS', 'JSON_SCHEMA'];
const stack = new AsyncDisposableStack();
let server: TestServer;
let first: ScriptedProvider;
let second: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  first = stack.use(await startScriptedProvider());
  second = stack.use(await startScriptedProvider());
  await addModel(server, 'first', first, { ats: 0.95, capabilities });
  await addModel(server, 'second', second, { ats: 0.6, capabilities });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => [first, second].forEach((provider) => provider.reset()));

const hello = (changes: object = {}) => sayHello({ max_tokens: 100, ...changes });
const calls = [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }];
const tools = [{ name: 'weather', input_schema: { type: 'object' } }];
const decisions = () =>
  server.field('routingDecisions', 'query { routingDecisions(first: 100) { edges { node { id } } } }');

describe('POST /v1/messages', () => {
  it('answers in the shape of the Messages API, and its header tells the decision', async () => {
    const { status, headers, body } = await ask(server, '/v1/messages', hello());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{
        id: expect.stringMatching(/^msg_/) as string,
        type: 'message',
        role: 'assistant',
        model: 'first/model',
      },
      ...{ content: [{ type: 'text', text: 'Hello.' }], stop_reason: 'end_turn', stop_sequence: null },
      usage: { input_tokens: 10, output_tokens: 5 },
    });
    expect(headers.get('x-switchyard-decision-id')).toBeTruthy();
  });

  it('calls tools, whole and as a stream', async () => {
    first.always({ toolCalls: calls });
    const { body } = await ask(server, '/v1/messages', hello({ tools }));
    const use = { type: 'tool_use', id: 'call_1', name: 'weather' };
    expect(body).toMatchObject({ content: [{ ...use, input: { city: 'Oslo' } }], stop_reason: 'tool_use' });
    const events = await eventsOf(await send(server, '/v1/messages', hello({ tools, stream: true })));
    expect(
      events.map(({ type }: { type: string }) => type).filter((type) => type !== 'content_block_delta'),
    ).toEqual([
      ...[
        'message_start',
        'ping',
        'content_block_start',
        'content_block_stop',
        'message_delta',
        'message_stop',
      ],
    ]);
    expect(events[2]).toMatchObject({ content_block: { ...use, input: {} } });
  });

  it('takes what coding agents tell Anthropic’s models, and asks others without it', async () => {
    const said = hello({
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      service_tier: 'auto',
    });
    const betas = { 'anthropic-beta': 'claude-code-20250219,context-management-2025-06-27' };
    const key = { authorization: `Bearer ${adminKey}` };
    const { status } = await ask(server, '/v1/messages', said, { ...key, ...betas });
    expect(status).toBe(200);
    const sent = JSON.stringify(first.requests.at(-1));
    expect(sent).not.toMatch(/context.?management|service.?tier|anthropic.?beta/i);
  });

  it('falls back before a stream has begun, and tells an error amid it', async () => {
    first.always({ status: 500 });
    const fallen = await eventsOf(await send(server, '/v1/messages', hello({ stream: true })));
    expect(fallen[0]).toMatchObject({ message: { model: 'second/model' } });
    first.always({ chunks: ['Hel', 'lo'], streamFault: 'cut' });
    const response = await send(server, '/v1/messages', hello({ stream: true, model: 'first/model' }));
    const events = await eventsOf(response);
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
  });

  it('tells an exhausted chain as an error that makes no sense to repeat', async () => {
    [first, second].forEach((provider) => provider.always({ status: 500 }));
    const { status, headers, body } = await ask(server, '/v1/messages', hello());
    expect({ status, retry: headers.get('x-should-retry') }).toEqual({ status: 502, retry: 'false' });
    expect(body).toMatchObject({ type: 'error', error: { type: 'api_error' } });
  });

  it.each([
    ['malformed JSON', '{"model":', 400, 'invalid_request_error'],
    ['no max_tokens', sayHello(), 400, 'invalid_request_error'],
    ['an unknown model', hello({ model: 'nobody/knows' }), 404, 'not_found_error'],
    ['two tools of one name', hello({ tools: [...tools, ...tools] }), 400, 'invalid_request_error'],
    ['a wrong role', hello({ messages: [{ role: 'wizard', content: 'Hi' }] }), 400, 'invalid_request_error'],
    ['a list', [1, 2], 400, 'invalid_request_error'],
    [
      'a result of no call',
      hello({ messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x' }] }] }),
      400,
      'invalid_request_error',
    ],
  ])('refuses %s in its own words, and records nothing', async (_what, body, status, type) => {
    const before = await decisions();
    const answer = await ask(server, '/v1/messages', body);
    expect(answer).toMatchObject({ status, body: { type: 'error', error: { type } } });
    expect(await decisions()).toEqual(before);
  });

  it('refuses a caller without a key in its own words', async () => {
    const answer = await ask(server, '/v1/messages', hello(), {});
    expect(answer).toMatchObject({
      status: 401,
      body: { type: 'error', error: { type: 'authentication_error' } },
    });
  });
});

describe('POST /v1/messages/count_tokens', () => {
  it('counts by estimate and calls nobody', async () => {
    const before = first.received;
    const { status, body } = await ask(server, '/v1/messages/count_tokens', sayHello());
    expect({ status, body: body as object }).toMatchObject({ status: 200, body: { input_tokens: 7 } });
    expect(first.received).toBe(before);
  });
});
