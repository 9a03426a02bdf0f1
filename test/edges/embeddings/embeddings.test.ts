import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { addModel, change, issueKey, PREFERRED, SPARE } from '../../support/graphql/admin.ts';
import { ask as query } from '../../support/graphql/client.ts';
import { decisionOf } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { embedding, EMBEDS, vectorsFor } from '../../support/providers/vectors.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { ask, sayHello } from '../http-client.ts';

const PATH = '/v1/embeddings';
const SHARED = { ...EMBEDS, embeddingSpace: 'acme-3' };
const texts = { model: 'first/embed', input: ['one', 'two'] };

const stack = new AsyncDisposableStack();
let server: TestServer;
let first: ScriptedProvider;
let second: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer({ SWITCHYARD_BREAKER_THRESHOLD: '100' }));
  first = stack.use(await startScriptedProvider());
  second = stack.use(await startScriptedProvider());
  await addModel(server, 'first', first, { modelSlug: 'embed', ...PREFERRED, ...SHARED });
  await addModel(server, 'second', second, { modelSlug: 'embed', ...SPARE, ...SHARED });
  await addModel(server, 'second', second, { modelSlug: 'other', ...PREFERRED, ...EMBEDS });
  await addModel(server, 'second', second, { modelSlug: 'chat' });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => [first, second].forEach((provider) => (provider.reset(), provider.always(embedding))));

it('gives each input its vector in OpenAI’s shape, with usage, cost and decision', async () => {
  const { status, headers, body } = await ask(server, PATH, texts);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: [1, 0, 0.5] },
      { object: 'embedding', index: 1, embedding: [1, 1, 0.5] },
    ],
    model: 'first/embed',
    usage: { prompt_tokens: 2, total_tokens: 2 },
  });
  expect(headers.get('x-switchyard-model')).toBe('first/embed');
  expect(headers.get('x-switchyard-cost-usd')).toBe('0.000002');
  const decision = await decisionOf(server, { id: headers.get('x-switchyard-decision-id')! });
  expect(decision).toMatchObject({ status: 'SUCCEEDED', attempts: [{ status: 'OK' }] });
  expect(first.requests.at(-1)).toMatchObject({
    path: '/v1/embeddings',
    body: { model: 'embed', input: ['one', 'two'] },
  });
});

it('writes vectors as 32-bit floats in Base64 where that is asked for', async () => {
  const { body } = await ask(server, PATH, { ...texts, encoding_format: 'base64' });
  const bytes = Buffer.from(body.data[1].embedding as string, 'base64');
  expect([0, 4, 8].map((place) => bytes.readFloatLE(place))).toEqual([1, 1, 0.5]);
});

it('takes a text, and the numbers of tokens, and hands on dimensions and the user', async () => {
  await ask(server, PATH, { ...texts, input: 'one', dimensions: 3, user: 'u1' });
  expect(first.requests.at(-1)?.body).toMatchObject({ input: ['one'], dimensions: 3, user: 'u1' });
  await ask(server, PATH, { ...texts, input: [5, 6] });
  expect(first.requests.at(-1)?.body).toMatchObject({ input: [[5, 6]] });
  await ask(server, PATH, { ...texts, input: [[5], [6, 7]] });
  expect(first.requests.at(-1)?.body).toMatchObject({ input: [[5], [6, 7]] });
});

it('falls back within the space of the models that are named, and to no other', async () => {
  first.always({ status: 500 });
  const models = ['first/embed', 'second/embed'];
  const { headers, body } = await ask(server, PATH, { ...texts, switchyard: { models } });
  expect(body).toMatchObject({ model: 'second/embed', data: [{}, {}] });
  expect(headers.get('x-switchyard-attempts')).toBe('3');
  second.always({ status: 500 });
  const failed = await ask(server, PATH, { ...texts, switchyard: { models } });
  expect(failed).toMatchObject({ status: 502, body: { error: { code: 'attempts_exhausted' } } });
  expect(second.requests.map((request) => request.body['model'])).not.toContain('other');
});

it.each([
  ['auto', 'several spaces'],
  ['second/*', 'several spaces'],
  ['second/chat', 'no model that embeds'],
])('refuses %s by its name: %s', async (model) => {
  const before = second.received;
  const { status, body } = await ask(server, PATH, { ...texts, model });
  expect({ status, param: body.error.param }).toEqual({ status: 400, param: 'model' });
  expect(second.received).toBe(before);
});

it.each([
  [{ input: undefined }, 'input'],
  [{ input: '' }, 'input'],
  [{ input: [] }, 'input'],
  [{ input: ['a', ''] }, 'input[1]'],
  [{ input: ['a', 7] }, 'input[1]'],
  [{ input: [[1, -1]] }, 'input[0]'],
  [{ input: {} }, 'input'],
  [{ dimensions: 0 }, 'dimensions'],
  [{ encoding_format: 'int8' }, 'encoding_format'],
  [{ input_type: 'query' }, 'input_type'],
  [{ model: undefined }, 'model'],
])('refuses %j with 400 and names %s', async (changes, param) => {
  const { status, body } = await ask(server, PATH, { ...texts, ...changes });
  expect({ status, param: body.error.param }).toEqual({ status: 400, param });
});

it('refuses more inputs than any provider takes at once', async () => {
  const input = Array.from({ length: 2049 }, () => 'a');
  const { status, body } = await ask(server, PATH, { ...texts, input });
  expect({ status, param: body.error.param }).toEqual({ status: 400, param: 'input' });
});

it('does not believe vectors that are too few, or of another length than was asked for', async () => {
  first.always({ body: { data: [{ embedding: [1, 2] }] } });
  const few = await ask(server, PATH, { ...texts, model: 'first/embed' });
  expect(few.status).toBe(502);
  first.always(embedding);
  const long = await ask(server, PATH, { ...texts, dimensions: 2 });
  expect(long).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
  expect(long.body.error.message).toContain('does not shorten its vectors to 2');
});

it('puts vectors that come in another order in the order of their inputs', async () => {
  first.next((request) => {
    const body = vectorsFor(request);
    return { body: { ...body, data: body.data.toReversed() } };
  });
  const { body } = await ask(server, PATH, texts);
  expect(body.data[1]).toMatchObject({ index: 1, embedding: [1, 1, 0.5] });
});

it('answers a repeat with its key with the same vectors, without asking anybody', async () => {
  const keyed = { ...texts, switchyard: { idempotencyKey: 'vectors-1' } };
  const one = await ask(server, PATH, keyed);
  const before = first.received;
  const again = await ask(server, PATH, keyed);
  expect(first.received).toBe(before);
  expect(again.body).toEqual(one.body);
  const other = await ask(server, PATH, { ...keyed, input: 'three' });
  expect(other).toMatchObject({ status: 409, body: { error: { code: 'idempotency_conflict' } } });
});

it('counts against the quota of its key', async () => {
  const { text: key } = await issueKey(server, { requestsPerMinute: 1 });
  const headers = { authorization: `Bearer ${key}` };
  expect((await ask(server, PATH, texts, headers)).status).toBe(200);
  expect((await ask(server, PATH, texts, headers)).status).toBe(429);
});

it('keeps models that embed out of calls and votes, and the policy’s veto out of vectors', async () => {
  second.reset();
  const { body } = await ask(server, '/v1/chat/completions', sayHello({ model: 'second/*' }));
  expect(body).toMatchObject({ model: 'second/chat' });
  const { voters } = await query<{ voters: { modelSlug: string }[] }>(
    server,
    'voters',
    `{ voters(input: { messages: [{ role: USER, content: "Hi" }], models: ["first/*", "second/*"] }, k: 5) {
      ... on VoterSelection { voters { modelSlug } } } }`,
  );
  expect(voters.map(({ modelSlug }) => modelSlug)).toEqual(['chat']);
  await change(server, 'upsertModel', { providerSlug: 'second', modelSlug: 'other', complianceScore: 0.1 });
  const vetoed = await ask(server, PATH, { ...texts, model: 'second/other' });
  expect(vetoed).toMatchObject({ status: 503, body: { error: { code: 'no_eligible_model' } } });
});

it('a health probe of a model that embeds asks it for a vector', async () => {
  const { healthCheck } = await change<{ healthCheck: { outcome: string } }>(
    server,
    'probeModel',
    { providerSlug: 'first', modelSlug: 'embed' },
    'healthCheck { outcome }',
  );
  expect(healthCheck.outcome).toBe('OK');
  expect(first.requests.at(-1)?.path).toBe('/v1/embeddings');
});

it('lists models that embed, and their space', async () => {
  const { body } = await ask(server, '/v1/models');
  expect((body.data as { id: string }[]).map(({ id }) => id)).toContain('first/embed');
  const { nodes } = await query<{ nodes: object[] }>(
    server,
    'models',
    '{ models(providerSlug: "first") { nodes { embeddingSpace maxOutputTokens } } }',
  );
  expect(nodes).toEqual([{ embeddingSpace: 'acme-3', maxOutputTokens: 8000 }]);
});

it('writes megabytes of vectors whole', async () => {
  const vector = Array.from({ length: 3072 }, (_, place) => Math.sin(place));
  first.next(({ body }) => {
    const data = (body['input'] as string[]).map((_, index) => ({
      object: 'embedding',
      index,
      embedding: vector,
    }));
    return {
      body: { object: 'list', data, model: 'embed', usage: { prompt_tokens: 300, total_tokens: 300 } },
    };
  });
  const input = Array.from({ length: 150 }, (_, index) => `text ${index}`);
  const { status, headers, body } = await ask(server, PATH, { ...texts, input });
  expect([status, headers.get('content-length')]).toEqual([200, null]);
  expect(body.data).toHaveLength(150);
  expect(body.data[149]).toEqual({ object: 'embedding', index: 149, embedding: vector });
  expect(body).toMatchObject({ object: 'list', model: 'first/embed', usage: { prompt_tokens: 300 } });
});
