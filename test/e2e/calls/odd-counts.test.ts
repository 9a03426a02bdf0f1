import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addModel } from '../../support/graphql/admin.ts';
import { ask } from '../../support/graphql/client.ts';
import { decisionOf, route } from '../../support/graphql/route-call.ts';
import { allOf, routeStream } from '../../support/graphql/stream-call.ts';
import { dialectAnswers } from '../../support/providers/dialect-answers.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const adapters = ['openai-compatible', 'openai', 'anthropic', 'google'] as const;

const stack = new AsyncDisposableStack();
let server: TestServer;
let provider: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  provider = stack.use(await startScriptedProvider());
  for (const adapter of adapters) {
    const capabilities = ['STREAMING'];
    await addModel(server, `by-${adapter}`, provider, { adapter, capabilities });
  }
});
afterAll(() => stack.disposeAsync());

const inputTo = (adapter: string, more: object = {}) => ({
  models: [`by-${adapter}/*`],
  ...more,
});

/** What the record says of the one attempt's usage. */
async function recordedUsage(id: string): Promise<unknown> {
  const decision = await decisionOf(server, { id });
  expect(decision).toMatchObject({ status: 'SUCCEEDED', attempts: [{ status: 'OK' }] });
  return (decision.attempts[0] as { usage?: unknown }).usage;
}

const estimated = { isEstimated: true };
/** `Say hello.` and `Hello.`, as Switchyard estimates them. */
const ours = { inputTokens: 7, outputTokens: 2 };

describe.each(adapters)('counts that cannot be, told by %s', (adapter) => {
  it.each([
    12.5,
    4_294_967_296,
    1e18,
    -5000,
    '"12"',
    'NaN',
    'null',
    '9007199254740993',
    '1e999',
    'true',
    '{}',
  ])('cost nobody the answer: %s', async (count) => {
    const { whole, events } = dialectAnswers[adapter];
    // JSON has no such numbers: what a provider writes stands there as it is.
    const asTold = (body: unknown) =>
      typeof body === 'string' ? body : JSON.stringify(body).replaceAll('"COUNT"', String(count));
    const told = { input: 'COUNT', output: 'COUNT' };

    provider.next({ body: asTold(whole('Hello.', told)) });
    const answer = await route(server, inputTo(adapter));
    expect(answer).toMatchObject({
      __typename: 'RouteSuccess',
      completion: { text: 'Hello.', usage: { ...ours, ...estimated } },
    });
    expect(await recordedUsage(answer.decision.id)).toMatchObject({ ...ours, ...estimated });

    provider.next({ events: events('Hello.', told).map(asTold) });
    const streamed = await allOf(routeStream(server, inputTo(adapter)));
    expect(streamed.at(-1)).toMatchObject({
      __typename: 'RouteCompleted',
      completion: { text: 'Hello.', usage: { ...ours, ...estimated } },
    });
    expect(await recordedUsage(streamed[0]!.decision!.id)).toMatchObject({ ...ours, ...estimated });
  });

  it('are counted when they can be', async () => {
    const { whole } = dialectAnswers[adapter];
    provider.next({ body: whole('Hello.', { input: 10, output: 5 }) });
    const answer = await route(server, inputTo(adapter));
    const usage = { inputTokens: 10, outputTokens: 5, isEstimated: false, costUsd: 0.00002 };
    expect(answer).toMatchObject({ completion: { usage } });
  });
});

describe('tokens that a cache held', () => {
  it('are told with the answer, and by the record of the call', async () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 5,
      cache_read_input_tokens: 200,
      cache_creation_input_tokens: 30,
    };
    const body = dialectAnswers.anthropic.whole('Hello.', { input: 10, output: 5 }) as object;
    provider.next({ body: { ...body, usage } });
    const answer = await route(server, inputTo('anthropic'));
    const counts = { inputTokens: 240, outputTokens: 5, cachedInputTokens: 200, cacheWriteTokens: 30 };
    expect(answer.completion).toMatchObject({ usage: { ...counts, isEstimated: false } });
    expect(await recordedUsage(answer.decision.id)).toMatchObject(counts);
  });
});

describe('an answer whose counts cannot be', () => {
  const { whole } = dialectAnswers['openai-compatible'];

  it('is given again under its idempotency key, without asking again', async () => {
    provider.next({ body: whole('Hello.', { input: 1e18, output: -1 }) });
    const before = provider.received;
    const input = inputTo('openai-compatible', { idempotencyKey: 'odd-counts' });
    const first = await route(server, input);
    const second = await route(server, input);
    expect(second).toEqual(first);
    expect(provider.received).toBe(before + 1);
  });

  it('says so in the audit chain, where usual calls say nothing of it', async () => {
    provider.next(
      { body: whole('Hello.', { input: 10, output: 5 }) },
      { body: whole('Hello.', { input: 12.5, output: 5 }) },
    );
    const input = inputTo('openai-compatible');
    const usual = await route(server, input);
    const odd = await route(server, input);
    const { nodes } = await ask<{ nodes: { payload: { attempts: object[] } }[] }>(
      server,
      'auditLog',
      `query ($since: SafeInt) { auditLog(type: "routing.completed", sinceSeq: $since, first: 2) { nodes { payload } } }`,
      { since: usual.decision.auditSeq },
    );
    const attempts = new Map(nodes.map(({ payload }) => [JSON.stringify(payload), payload.attempts[0]]));
    expect([...attempts.values()]).toHaveLength(2);
    expect([...attempts.values()].filter((attempt) => 'usageIsEstimated' in attempt!)).toMatchObject([
      { usageIsEstimated: true, inputTokens: 7, outputTokens: 5 },
    ]);
    expect(odd.completion).toMatchObject({ usage: { isEstimated: true } });
  });

  it('is charged for reasoning that its provider counts beside the completion', async () => {
    const body = whole('Hello.', { input: 10, output: 5, reasoning: 100 }) as { usage: object };
    provider.next({ body: { ...body, usage: { ...body.usage, total_tokens: 115 } } });
    const answer = await route(server, inputTo('openai-compatible'));
    const usage = { outputTokens: 105, reasoningTokens: 100, costUsd: 0.00022, isEstimated: false };
    expect(answer.completion).toMatchObject({ usage });
  });
});
