import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addModel } from '../../support/graphql/admin.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { ask, eventsOf, send } from '../http-client.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let first: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  first = stack.use(await startScriptedProvider());
  await addModel(server, 'first', first, { capabilities: ['STREAMING', 'TOOLS', 'JSON_SCHEMA'] });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => first.reset());

const hello = (changes: object = {}) => ({ model: 'auto', input: 'Say hello.', ...changes });
const calls = [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }];
const tools = [{ type: 'function', name: 'weather', parameters: { type: 'object' } }];
const decisions = () =>
  server.field('routingDecisions', 'query { routingDecisions(first: 100) { edges { node { id } } } }');

describe('POST /v1/responses', () => {
  it('answers in the shape of the Responses API, and its header tells the decision', async () => {
    const { status, headers, body } = await ask(server, '/v1/responses', hello());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{
        id: expect.stringMatching(/^resp_/) as string,
        object: 'response',
        status: 'completed',
        model: 'first/model',
      },
      output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello.' }] }],
      ...{ usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 }, store: false },
    });
    expect(headers.get('x-switchyard-decision-id')).toBeTruthy();
  });

  it('streams calls of functions', async () => {
    first.always({ toolCalls: calls });
    const events = await eventsOf(await send(server, '/v1/responses', hello({ tools, stream: true })));
    const types = events.map(({ type }: { type: string }) => type);
    expect(types[0]).toBe('response.created');
    expect(types.at(-1)).toBe('response.completed');
    expect(events.at(-1)).toMatchObject({
      response: { output: [{ type: 'function_call', call_id: 'call_1', arguments: '{"city":"Oslo"}' }] },
    });
  });

  it('tells a stream that breaks off as a response that has failed', async () => {
    first.always({ chunks: ['Hel', 'lo'], streamFault: 'cut' });
    const events = await eventsOf(await send(server, '/v1/responses', hello({ stream: true })));
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'stream_interrupted' } },
    });
  });

  it.each([
    ['malformed JSON', '{"model":', 400, null],
    ['an unknown model', hello({ model: 'nobody/knows' }), 404, 'model'],
    ['two functions of one name', hello({ tools: [...tools, ...tools] }), 400, 'tools[1].name'],
    ['a wrong role', hello({ input: [{ role: 'wizard', content: 'Hi' }] }), 400, 'input[0].role'],
    ['what it would have to store', hello({ store: true }), 400, 'store'],
  ])('refuses %s in its own words, and records nothing', async (_what, body, status, param) => {
    const before = await decisions();
    const answer = await ask(server, '/v1/responses', body);
    expect(answer).toMatchObject({ status, body: { error: { type: 'invalid_request_error', param } } });
    expect(await decisions()).toEqual(before);
  });
});
