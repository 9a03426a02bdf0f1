import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addModel, change, PREFERRED, SPARE } from '../../support/graphql/admin.ts';
import { ask } from '../../support/graphql/client.ts';
import { decisionOf, route } from '../../support/graphql/route-call.ts';
import { allOf, routeStream } from '../../support/graphql/stream-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
/** Serves `first/model`, which everybody prefers, and its sibling `first/other`. */
let first: ScriptedProvider;
/** Serves `second/model`. */
let second: ScriptedProvider;

const capabilities = ['TOOLS', 'STREAMING', 'JSON_SCHEMA'];

beforeAll(async () => {
  server = stack.use(await startServer());
  first = stack.use(await startScriptedProvider());
  second = stack.use(await startScriptedProvider());
  await addModel(server, 'first', first, { ...PREFERRED, capabilities });
  await addModel(server, 'first', first, { modelSlug: 'other', ats: 0.8, capabilities });
  await addModel(server, 'second', second, { ...SPARE, capabilities });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  first.reset();
  second.reset();
});

/** What a breaker has counted. */
async function failuresOf(key: string): Promise<number> {
  const { nodes } = await ask<{
    nodes: { providerSlug: string; modelSlug: string; consecutiveFailures: number }[];
  }>(
    server,
    'circuitBreakers',
    '{ circuitBreakers(first: 200) { nodes { providerSlug modelSlug consecutiveFailures } } }',
  );
  const found = nodes.find((node) => `${node.providerSlug}/${node.modelSlug}` === key);
  return found?.consecutiveFailures ?? 0;
}

const onlyFirstAndSecond = { models: ['first/model', 'second/model'] };

describe('a status that passes by itself', () => {
  it.each([408, 409, 425, 498, 499, 529])('is followed by the next candidate: %d', async (status) => {
    first.always({ status });
    const answer = await route(server, onlyFirstAndSecond);
    expect(answer).toMatchObject({
      __typename: 'RouteSuccess',
      completion: { model: { key: 'second/model' } },
    });
    await change(server, 'resetBreaker', {
      ...{ providerSlug: 'first', modelSlug: 'model', reason: 'the next test' },
      generation: await generationOf('first'),
    });
  });

  it('is never replayed as a refusal under an idempotency key', async () => {
    const input = { models: ['second/model'], idempotencyKey: 'passing' };
    second.always({ status: 409 });
    expect(await route(server, input)).toMatchObject({ __typename: 'AttemptsExhausted' });
    second.reset();
    expect(await route(server, input)).toMatchObject({ __typename: 'RouteSuccess' });
  });
});

async function generationOf(slug: string): Promise<number> {
  const { nodes } = await ask<{ nodes: { modelSlug: string; generation: number }[] }>(
    server,
    'circuitBreakers',
    `{ circuitBreakers(providerSlug: "${slug}") { nodes { modelSlug generation } } }`,
  );
  return nodes.find(({ modelSlug }) => modelSlug === 'model')!.generation;
}

describe('what a model wrote and its provider would not deliver', () => {
  const toolUseFailed = {
    status: 400,
    body: {
      error: { message: 'Failed to call a function.', code: 'tool_use_failed', failed_generation: '<f>' },
    },
  };

  it('is answered by a sibling, and counts for no breaker', async () => {
    const before = await failuresOf('first/model');
    for (let call = 0; call < 6; call += 1) {
      first.next(toolUseFailed);
      const answer = await route(server, { models: ['first/model', 'first/other'] });
      expect(answer).toMatchObject({
        __typename: 'RouteSuccess',
        decision: {
          attempts: [
            { failureClass: 'INVALID_OUTPUT', status: 'RETRIABLE_ERROR', httpStatus: 400 },
            { providerSlug: 'first', status: 'OK' },
          ],
        },
      });
    }
    expect(await failuresOf('first/model')).toBe(before);
  });

  it('is the same amid a stream', async () => {
    first.next({ streamFault: 'error', afterChunks: 0, error: toolUseFailed.body.error });
    const events = await allOf(routeStream(server, onlyFirstAndSecond));
    expect(events.at(-1)).toMatchObject({
      __typename: 'RouteCompleted',
      completion: { model: { key: 'second/model' } },
    });
    expect(await decisionOf(server, events[0]!.decision!)).toMatchObject({
      attempts: [{ failureClass: 'INVALID_OUTPUT' }, { status: 'OK' }],
    });
  });
});

describe('an error told with status 200', () => {
  it('cools a model that asks for a pause, and passes on', async () => {
    first.next({ body: { error: { message: 'Slow down.', code: 429 } }, headers: { 'retry-after': '0' } });
    const answer = await route(server, onlyFirstAndSecond);
    expect(answer).toMatchObject({
      __typename: 'RouteSuccess',
      decision: { attempts: [{ failureClass: 'RATE_LIMITED', httpStatus: 429 }, { status: 'OK' }] },
    });
  });
});

describe('a provider’s own words', () => {
  it('are the message of the attempt, as answered and as recorded, without credentials and prompts', async () => {
    const error = `model 'model' not found, try pulling it first; you said "Say hello." with sk-secret-key-123`;
    second.next({ status: 404, body: { error } });
    const answer = await route(server, {
      models: ['second/model'],
      messages: [{ role: 'USER', content: 'Say hello. Twice.' }],
    });
    const { message } = answer.decision.attempts[0] as unknown as { message: string };
    expect(message).toContain("model 'model' not found, try pulling it first");
    expect(message).not.toContain('sk-secret');
    expect(await decisionOf(server, answer.decision)).toEqual(answer.decision);
  });
});

describe('a conversation with tools', () => {
  it('goes on with whatever was handed out: a broken call, a long id, an undeclared name', async () => {
    const toolCalls = [{ id: 'i'.repeat(605), name: 'functions.weather', arguments: '{"city": "Ro' }];
    first.next({ toolCalls, finishReason: 'stop' });
    const tools = [{ name: 'weather', parameters: { type: 'object' } }];
    const asked = await route(server, { models: ['first/model'], tools });
    expect(asked.completion).toMatchObject({ finishReason: 'TOOL_CALLS', toolCalls });
    const messages = [
      { role: 'USER', content: 'Weather?' },
      { role: 'ASSISTANT', toolCalls: asked.completion!.toolCalls },
      { role: 'TOOL', toolCallId: asked.completion!.toolCalls[0]!.id, content: 'Your JSON is broken.' },
    ];
    expect(await route(server, { models: ['first/model'], tools, messages })).toMatchObject({
      __typename: 'RouteSuccess',
    });
    const sent = JSON.stringify(first.requests.at(-1)?.body['messages']);
    expect(sent).toContain('INVALID_JSON');
  });
});

describe('what a model cannot take', () => {
  it('is adapted, and told with the attempt, as answered and as recorded', async () => {
    await addModel(server, 'reseller', second, { modelSlug: 'openai/o3-mini', capabilities });
    const jsonSchema = { type: 'object', properties: { city: { type: 'string' } } };
    const answer = await route(server, {
      models: ['reseller/*'],
      temperature: 0.5,
      reasoningEffort: 'LOW',
      responseFormat: { type: 'JSON_SCHEMA', jsonSchema },
    });
    const { notices } = answer.decision.attempts[0] as unknown as { notices: string[] };
    expect(notices).toEqual([
      expect.stringContaining('reasoning effort'),
      expect.stringContaining('temperature'),
      expect.stringContaining('strict mode'),
    ]);
    expect(second.requests.at(-1)?.body).toMatchObject({
      response_format: { json_schema: { strict: false } },
    });
    expect(await decisionOf(server, answer.decision)).toEqual(answer.decision);
  });
});
