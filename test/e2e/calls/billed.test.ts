import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addModel, change } from '../../support/graphql/admin.ts';
import { ask } from '../../support/graphql/client.ts';
import { decisionOf, route } from '../../support/graphql/route-call.ts';
import { allOf, routeStream } from '../../support/graphql/stream-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let provider: ScriptedProvider;

const model = { providerSlug: 'priced', modelSlug: 'model' };
const own = { inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 2 };
const caches = { cachedInputUsdPerMillionTokens: 0.1, cacheWriteUsdPerMillionTokens: 1.25 };
const long = { aboveInputTokens: 1000, inputUsdPerMillionTokens: 2, outputUsdPerMillionTokens: 4 };
const past = {
  from: '2020-01-01T00:00:00.000Z',
  inputUsdPerMillionTokens: 10,
  outputUsdPerMillionTokens: 20,
};
const future = { ...past, from: '2999-01-01T00:00:00.000Z', inputUsdPerMillionTokens: 99 };

beforeAll(async () => {
  server = stack.use(await startServer());
  provider = stack.use(await startScriptedProvider());
  await addModel(server, 'priced', provider, { adapter: 'anthropic', capabilities: ['STREAMING'] });
});
afterAll(() => stack.disposeAsync());

const price = (prices: object) => change(server, 'upsertModel', { ...model, ...caches, ...prices });

/** An answer of 100 tokens to a prompt of which the cache held and took some. */
function answerWith(input: number, cached = 0, written = 0): void {
  const content = [{ type: 'text', text: 'Hello.' }];
  const head = { id: 'msg', type: 'message', role: 'assistant', model: 'm', stop_sequence: null };
  const usage = {
    input_tokens: input,
    output_tokens: 100,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
  };
  provider.next({ body: { ...head, content, stop_reason: 'end_turn', usage } });
}

/** Micro-USD that a call cost, as its answer and its record say alike. */
async function billed(): Promise<number> {
  const answer = await route(server, { models: ['priced/*'] });
  const { usage } = answer.completion as unknown as { usage: { costUsd: number } };
  const decision = await decisionOf(server, answer.decision);
  expect(decision).toMatchObject({ costUsd: usage.costUsd, attempts: [{ usage }] });
  return Math.round(usage.costUsd * 1e6);
}

describe('a call is billed', () => {
  it('by what its provider’s cache held and took', async () => {
    await price({ ...own, prices: [] });
    answerWith(100, 500, 200);
    expect(await billed()).toBe(100 + 50 + 250 + 200);
  });

  it('by the step that its whole input falls into', async () => {
    await price({ ...own, prices: [long] });
    answerWith(1000);
    expect(await billed()).toBe(1000 + 200);
    answerWith(501, 500);
    expect(await billed()).toBe(2002 + 400);
  });

  it('by the list that is in force', async () => {
    await price({ ...own, prices: [future, past, long] });
    answerWith(2000);
    expect(await billed()).toBe(20_000 + 2000);
  });

  it('so that a plan estimates with the prices of its prompt on its day', async () => {
    const estimateOf = async (content: string) => {
      const { ranked } = await ask<{ ranked: { estimates: { costUsd: number } }[] }>(
        server,
        'previewRoute',
        `query ($input: RouteInput!) { previewRoute(input: $input) { ... on RoutingPlan { ranked { estimates { costUsd } } } } }`,
        { input: { messages: [{ role: 'USER', content }], models: ['priced/*'], maxOutputTokens: 100 } },
      );
      return Math.round(ranked[0]!.estimates.costUsd * 1e6);
    };
    await price({ ...own, prices: [future, long] });
    const tokens = 'a'.repeat(4 * 2000);
    expect(await estimateOf('Hi')).toBe(5 + 200);
    expect(await estimateOf(tokens)).toBe(2004 * 2 + 400);
    await price({ ...own, prices: [future, past] });
    expect(await estimateOf('Hi')).toBe(50 + 2000);
  });

  it('also when its answer is streamed', async () => {
    await price({ ...own, prices: [long] });
    const usage = { input_tokens: 10, cache_read_input_tokens: 1000, output_tokens: 1 };
    const head = { id: 'msg', type: 'message', role: 'assistant', model: 'm', content: [] };
    const text = { type: 'text_delta', text: 'Hello.' };
    provider.next({
      events: [
        { type: 'message_start', message: { ...head, stop_reason: null, stop_sequence: null, usage } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: text },
        { type: 'content_block_stop', index: 0 },
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn', stop_sequence: null },
          usage: { output_tokens: 100 },
        },
        { type: 'message_stop' },
      ],
    });
    const events = await allOf(routeStream(server, { models: ['priced/*'] }));
    const { usage: told } = events.at(-1)!['completion'] as { usage: { costUsd: number } };
    expect(Math.round(told.costUsd * 1e6)).toBe(20 + 2000 + 400);
  });
});

describe('the prices of a model', () => {
  it('are shown as they were given', async () => {
    await price({ ...own, prices: [future, long] });
    const { nodes } = await ask<{ nodes: object[] }>(
      server,
      'models',
      `{ models(providerSlug: "priced") { nodes { cachedInputUsdPerMillionTokens cacheWriteUsdPerMillionTokens prices {
        from aboveInputTokens inputUsdPerMillionTokens outputUsdPerMillionTokens cachedInputUsdPerMillionTokens
      } } } }`,
    );
    const absent = { cachedInputUsdPerMillionTokens: null };
    expect(nodes).toEqual([
      {
        ...caches,
        prices: [
          { ...long, ...absent, from: null },
          { ...future, ...absent, aboveInputTokens: 0 },
        ],
      },
    ]);
  });
});
