import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LimitSettlement } from '../../src/limits/provider-limits.service.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createTestFactory, nobodyLeaves, question } from '../support/providers/provider-calls.ts';
import {
  startScriptedProvider,
  type ScriptedProvider,
  type ScriptedReply,
} from '../support/providers/scripted-provider.ts';
import { openLimits } from './limits-stage.ts';

const stack = new AsyncDisposableStack();
let server: ScriptedProvider;
let provider: Provider;
beforeAll(async () => {
  server = stack.use(await startScriptedProvider());
  const factory = stack.use(createTestFactory().factory);
  const connection = { slug: 'one', adapter: 'openai-compatible', credential: null } as const;
  provider = await factory.provider({ ...connection, baseUrl: server.baseUrl });
});
afterAll(() => stack.disposeAsync());

/** How a call over HTTP ends that is replied to like this. */
async function endOf(reply: ScriptedReply): Promise<LimitSettlement> {
  server.next(reply);
  const result = await provider.call(question(), nobodyLeaves());
  const { headers } = result;
  return result.ok
    ? { failure: null, headers, usage: result.answer.usage }
    : { failure: result.failure, headers, usage: null };
}

/** For how long the model cools after such a reply. */
async function coolDownAfter(reply: ScriptedReply): Promise<number | null> {
  await using stage = openLimits();
  stage.call(await endOf(reply));
  return stage.limits.measuresOf('one/a').coolDownMs;
}

test('a 429 with Retry-After in seconds cools the model for exactly so long', async () => {
  expect(await coolDownAfter({ status: 429, headers: { 'retry-after': '2' } })).toBe(2000);
});

test('a 429 with Retry-After as a date cools the model until then', async () => {
  // The date has whole seconds and is read by the clock of this machine, which goes on meanwhile.
  const date = new Date(Date.now() + 20_000).toUTCString();
  const coolDownMs = await coolDownAfter({ status: 429, headers: { 'retry-after': date } });
  expect(coolDownMs).toBeGreaterThan(0);
  expect(coolDownMs).toBeLessThanOrEqual(20_000);
});

test('a 429 with a reset alone cools until the reset, and one that says nothing for 5 s', async () => {
  const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '7s' };
  expect(await coolDownAfter({ status: 429, headers })).toBe(7000);
  expect(await coolDownAfter({ status: 429 })).toBe(5000);
});

test('a 5xx that says when it will be back cools the model until then, and one that does not cools nothing', async () => {
  expect(await coolDownAfter({ status: 503, headers: { 'retry-after': '3' } })).toBe(3000);
  expect(await coolDownAfter({ status: 529, headers: { 'retry-after-ms': '250' } })).toBe(250);
  expect(await coolDownAfter({ status: 503, headers: { 'retry-after': '0' } })).toBeNull();
  expect(await coolDownAfter({ status: 503 })).toBeNull();
});

test('a 429 whose account has no money left is no rate limit, and cools nothing', async () => {
  const body = { error: { message: 'no money', type: 'insufficient_quota', code: 'insufficient_quota' } };
  expect(await coolDownAfter({ status: 429, headers: { 'retry-after': '2' }, body })).toBeNull();
});

test('an answer tells how much is left', async () => {
  await using stage = openLimits();
  const headers = {
    ...{ 'x-ratelimit-limit-tokens': '1000', 'x-ratelimit-remaining-tokens': '100' },
    'x-ratelimit-reset-tokens': '6m0s',
  };
  stage.call(await endOf({ headers }));
  expect(stage.limits.stateOf('one/a')).toMatchObject({
    ...{ remainingTokens: 100, limitTokens: 1000, resetMs: 360_000, headroomPermille: 500 },
  });
});
