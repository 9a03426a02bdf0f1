import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addModel } from '../support/graphql/admin.ts';
import { ask } from '../support/graphql/client.ts';
import { route, sayHello } from '../support/graphql/route-call.ts';
import {
  startScriptedProvider,
  type ScriptedProvider,
  type ScriptedReply,
} from '../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

/** A body that begins as a success and tells of a rate. */
const toldInBody: ScriptedReply = { body: { error: { message: 'slow down', code: 429 } } };

describe('a provider that asks for a pause', () => {
  const stack = new AsyncDisposableStack();
  let server: TestServer;
  let provider: ScriptedProvider;
  let models = 0;
  beforeAll(async () => {
    provider = stack.use(await startScriptedProvider());
    server = stack.use(await startServer());
  });
  afterAll(() => stack.disposeAsync());

  /** What a call is told that nothing else could serve, and for how long its model is left alone from now on. */
  async function pauseAfter(reply: ScriptedReply) {
    const slug = `provider-${(models += 1)}`;
    await addModel(server, slug, provider);
    provider.next(reply);
    const answer = await route(server, sayHello({ models: [`${slug}/*`], timeoutMs: 500 }));
    const query = `{ models(providerSlug: "${slug}") { nodes { rateLimit { coolingUntil } } } }`;
    const { nodes } = await ask<{ nodes: { rateLimit: { coolingUntil: string } | null }[] }>(
      server,
      'models',
      query,
    );
    const coolingMs = Date.parse(nodes[0]?.rateLimit?.coolingUntil ?? '') - Date.now();
    return { ...answer, coolingMs };
  }

  const soon = (seconds: number) => new Date(Date.now() + seconds * 1000);
  test.each<[string, () => ScriptedReply, number]>([
    ['says nothing of how long', () => ({ status: 429 }), 5000],
    ['asks for nothing', () => ({ status: 429, headers: { 'retry-after': '0' } }), 5000],
    ['asks for less than nothing', () => ({ status: 429, headers: { 'retry-after': '-7' } }), 5000],
    ['says it amid an answer', () => toldInBody, 5000],
    ['names seconds', () => ({ status: 429, headers: { 'retry-after': '30' } }), 30_000],
    [
      'names an instant of the epoch in seconds',
      () => ({ status: 429, headers: { 'retry-after': String(Math.round(soon(30).getTime() / 1000)) } }),
      30_000,
    ],
    [
      'names an instant of the epoch in milliseconds',
      () => ({ status: 429, headers: { 'retry-after': String(soon(30).getTime()) } }),
      30_000,
    ],
    [
      'names an instant where milliseconds belong',
      () => ({ status: 429, headers: { 'retry-after-ms': String(soon(30).getTime()) } }),
      30_000,
    ],
    ['names a date', () => ({ status: 429, headers: { 'retry-after': soon(30).toUTCString() } }), 30_000],
    ['asks for a day', () => ({ status: 429, headers: { 'retry-after': '86400' } }), 3_600_000],
    ['asks for an age', () => ({ status: 429, headers: { 'retry-after': '9'.repeat(60) } }), 3_600_000],
    [
      'says when nothing remains until',
      () => ({
        status: 429,
        headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m30s' },
      }),
      90_000,
    ],
  ])('that %s: the caller is told how long its model is really left alone', async (_, reply, expectedMs) => {
    const { __typename, retryAfterMs, coolingMs } = await pauseAfter(reply());
    expect(__typename).toBe('AttemptsExhausted');
    // Seconds and dates are rounded; a machine that is busy takes a while to ask.
    for (const ms of [retryAfterMs, coolingMs]) {
      expect(ms).toBeGreaterThan(expectedMs - 4500);
      expect(ms).toBeLessThanOrEqual(expectedMs + 1000);
    }
  });
});
