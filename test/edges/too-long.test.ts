import { afterAll, beforeAll, expect, it } from 'vitest';
import { addModel } from '../support/graphql/admin.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { ask } from './http-client.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let provider: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  provider = stack.use(await startScriptedProvider());
  await addModel(server, 'first', provider, { capabilities: ['STREAMING'] });
});
afterAll(() => stack.disposeAsync());

const message = expect.stringMatching(
  /^prompt is too long: \d+ tokens > 100000 maximum\..* maximum context length/,
) as string;
const openai = { error: { type: 'invalid_request_error', code: 'context_length_exceeded', message } };
const messages = [{ role: 'user', content: 'word '.repeat(120_000) }];
const streams = [false, true];

it.each(
  streams.flatMap((stream) => [
    ['/v1/chat/completions', { model: 'auto', messages, stream }, openai] as const,
    ['/v1/responses', { model: 'first/*', input: messages, store: false, stream }, openai] as const,
    [
      '/v1/messages',
      { model: 'auto', max_tokens: 100, messages, stream },
      { type: 'error', error: { type: 'invalid_request_error', message } },
    ] as const,
  ]),
)(
  'a prompt that no model has room for is refused by %s in the words that clients look for',
  async (path, body, expected) => {
    const answer = await ask(server, path, body);
    expect(answer).toMatchObject({ status: 400, body: expected });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(provider.received).toBe(0);
  },
);
