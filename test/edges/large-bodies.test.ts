import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addModel } from '../support/graphql/admin.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/providers/scripted-provider.ts';
import { embedding, EMBEDS } from '../support/providers/vectors.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { ask, eventsOf, send } from './http-client.ts';

const MOST_BYTES = 10 * 2 ** 20;
const WINDOW = { contextWindowTokens: 8_000_000 };

const stack = new AsyncDisposableStack();
let server: TestServer;
let provider: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  provider = stack.use(await startScriptedProvider());
  await addModel(server, 'first', provider, { ...WINDOW, capabilities: ['STREAMING'] });
  await addModel(server, 'first', provider, { ...WINDOW, modelSlug: 'embed', ...EMBEDS });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => provider.reset());

const model = 'first/model';
const said = (content: string) => [{ role: 'user', content }];
const anthropic = { type: 'error', error: { type: 'request_too_large' } };
const openai = { error: { type: 'invalid_request_error', code: 'request_too_large' } };

const apis: readonly [path: string, of: (text: string) => object, refused: object][] = [
  ['/v1/chat/completions', (text) => ({ model, messages: said(text) }), openai],
  ['/v1/responses', (text) => ({ model, input: text, store: false }), openai],
  ['/v1/messages', (text) => ({ model, max_tokens: 9, messages: said(text) }), anthropic],
  ['/v1/messages/count_tokens', (text) => ({ model, messages: said(text) }), anthropic],
  ['/v1/embeddings', (text) => ({ model: 'first/embed', input: text }), openai],
];

/** A text with which a body has so many bytes. */
function filling(of: (text: string) => object, bytes: number): string {
  return 'word '.repeat(bytes).slice(0, bytes - JSON.stringify(of('')).length);
}

describe.each(apis)('a body of %s', (path, of, refused) => {
  it('of 10 MiB is answered, and its provider told all of it', async () => {
    if (path === '/v1/embeddings') provider.next(embedding);
    const text = filling(of, MOST_BYTES);
    const answer = await ask(server, path, of(text));
    expect(answer.status).toBe(200);
    if (path === '/v1/messages/count_tokens') {
      expect(answer.body.input_tokens).toBeGreaterThan(text.length / 10);
      return;
    }
    const told = provider.requests.at(-1)!.body;
    expect(JSON.stringify(told).length).toBeGreaterThan(text.length);
    expect(JSON.stringify(answer.body)).toContain(path === '/v1/embeddings' ? '[1,0,0.5]' : 'Hello.');
  });

  it('of a byte more is refused in the shape of the API, and nobody is asked', async () => {
    const before = provider.received;
    const answer = await ask(server, path, of(filling(of, MOST_BYTES + 1)));
    expect(answer).toMatchObject({ status: 413, body: refused });
    expect(provider.received).toBe(before);
  });
});

it.each(apis.slice(0, 3))('a stream of %s is answered to a prompt of 100 000 tokens', async (path, of) => {
  provider.next({ chunks: ['Hel', 'lo.'] });
  const text = 'word '.repeat(100_000);
  const response = await send(server, path, { ...of(text), stream: true });
  expect(response.status).toBe(200);
  expect(JSON.stringify(await eventsOf(response))).toContain('lo.');
  expect(JSON.stringify(provider.requests.at(-1)!.body)).toContain(text.trim());
});
