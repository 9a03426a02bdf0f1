import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { addModel } from '../../support/graphql/admin.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { dialectAnswers } from '../../support/providers/dialect-answers.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { ask, eventsOf, sayHello, send } from '../http-client.ts';

const capabilities = ['STREAMING', 'TOOLS', 'STOP_SEQUENCES'];
const stack = new AsyncDisposableStack();
let server: TestServer;
let claude: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  claude = stack.use(await startScriptedProvider());
  await addModel(server, 'claude', claude, { adapter: 'anthropic', capabilities });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => claude.always({ body: dialectAnswers.anthropic.whole('Hello.', { input: 10, output: 5 }) }));

const hello = (changes: object = {}) => sayHello({ max_tokens: 100, ...changes });
const key = { authorization: `Bearer ${adminKey}` };

it('Anthropic’s models are told what coding agents tell them', async () => {
  const keep = { type: 'tool_uses', value: 3 };
  const edits = [{ type: 'clear_tool_uses_20250919', keep, exclude_tools: ['a_b'] }, { type: 'of_tomorrow' }];
  const unheard = { of_tomorrow: { by_the_way: ['Ünïcode'] } };
  const said = { context_management: { edits }, service_tier: 'standard_only', ...unheard };
  const betas = { 'anthropic-beta': 'claude-code-20250219' };
  const { status, body } = await ask(server, '/v1/messages', hello(said), { ...key, ...betas });
  expect({ status, body: body as object }).toMatchObject({
    status: 200,
    body: { content: [{ type: 'text', text: 'Hello.' }] },
  });
  const { body: sent, headers } = claude.requests.at(-1)!;
  expect(sent).toMatchObject(said);
  expect(headers['anthropic-beta']).toContain('claude-code-20250219');
  expect(JSON.stringify(headers)).not.toContain('x-switchyard');
});

const stopped = { stop_reason: 'stop_sequence', stop_sequence: 'END' };
const counts = { input: 10, output: 5 };
const { whole, events } = dialectAnswers.anthropic;

it('an answer that ended at a sequence of the caller’s says at which, whole and streamed', async () => {
  claude.next({ body: { ...whole('Hello.', counts), ...stopped } });
  const asked = hello({ stop_sequences: ['END'] });
  expect((await ask(server, '/v1/messages', asked)).body).toMatchObject(stopped);

  const told = events('Hello.', counts).map((event) =>
    event.type === 'message_delta' ? { ...event, delta: stopped } : event,
  );
  claude.next({ events: told });
  const streamed = await eventsOf(await send(server, '/v1/messages', { ...asked, stream: true }));
  expect(streamed.find(({ type }: { type: string }) => type === 'message_delta')).toMatchObject({
    delta: stopped,
  });
});

it('a sequence that nobody asked to stop at is none of the caller’s', async () => {
  claude.next({ body: { ...whole('Hello.', counts), ...stopped } });
  const { body } = await ask(server, '/v1/messages', hello());
  expect(body).toMatchObject({ stop_reason: 'end_turn', stop_sequence: null });
});
