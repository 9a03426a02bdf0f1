import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GOOGLE_TOKEN_URL, createGoogleTokens } from '../../../src/providers/ai-sdk/google-token.jose.ts';
import { loadModels } from '../../../src/providers/ai-sdk/models.ai-sdk.ts';
import { createSdkProvider } from '../../../src/providers/ai-sdk/provider.ai-sdk.ts';
import { noSettings } from '../../../src/providers/adapter-settings.ts';
import type { ProviderRequest, SdkConnection } from '../../../src/providers/provider.ts';
import { createPooledFetch, type PooledFetch } from '../../../src/providers/transport/fetch.undici.ts';
import { findTransportError } from '../../../src/providers/transport/transport-error.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { createErrorLog } from '../../support/logs/error-log.ts';
import { anyNumberOfSockets } from '../../support/providers/any-number-of-sockets.ts';
import {
  answerOf,
  failureOf,
  nobodyLeaves,
  question,
  streamedResult,
} from '../../support/providers/provider-calls.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { continued, weather } from '../provider-stage.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keyFile = {
  ...{ type: 'service_account', client_email: 'us@acme.iam.gserviceaccount.com', private_key_id: 'kid-1' },
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  token_uri: 'https://oauth2.googleapis.com/token',
};

let server: ScriptedProvider;
let pool: PooledFetch;
let tokens: { answer: () => Response; readonly assertions: string[] };
beforeEach(async () => {
  server = await startScriptedProvider();
  pool = createPooledFetch(anyNumberOfSockets().providers);
  const answer = () => Response.json({ access_token: `token-${tokens.assertions.length}`, expires_in: 3600 });
  tokens = { answer, assertions: [] };
});
afterEach(async () => {
  await pool[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** The pool, but Google's token endpoint, which is nowhere else, answers here. */
const fetchWithTokens: typeof globalThis.fetch = (input, init) => {
  if (input !== GOOGLE_TOKEN_URL) return pool.fetch(input, init);
  tokens.assertions.push(new URLSearchParams(init?.body as string).get('assertion') ?? '');
  return Promise.resolve(tokens.answer());
};

async function vertex(credential = JSON.stringify(keyFile)) {
  const connection: SdkConnection = {
    ...{ slug: 'them', baseUrl: server.baseUrl, credential },
    adapter: 'google-vertex',
    settings: { ...noSettings, project: 'acme-ai', region: 'europe-west4' },
  };
  const parts = { pool: { ...pool, fetch: fetchWithTokens }, timers: nodeTimers, clock: nodeClock };
  const models = await loadModels(connection, parts);
  return createSdkProvider({
    embedders: () => Promise.reject(new Error('nobody embeds here')),
    connection,
    models,
    clock: nodeClock,
    log: createErrorLog(),
  });
}

const answer = (parts: unknown[]) => ({
  candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 },
});

async function ask(body: unknown, changes: Partial<ProviderRequest> = {}, status = 200) {
  server.next({ body, status });
  return (await vertex()).call(question(changes), nobodyLeaves());
}

describe('Vertex', () => {
  it('is asked in its project and region, by a token for a signed assertion', async () => {
    const result = await ask(answer([{ text: 'Fine.' }]));
    expect(answerOf(result)).toMatchObject({
      ...{ text: 'Fine.', finishReason: 'stop' },
      usage: { inputTokens: 11, outputTokens: 7 },
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v1/projects/acme-ai/locations/europe-west4/publishers/google/models/small:generateContent',
      headers: { authorization: 'Bearer token-1' },
    });
    expect(server.requests[0]?.headers).not.toHaveProperty('x-goog-api-key');
    const [assertion = ''] = tokens.assertions;
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'RS256', kid: 'kid-1' });
    expect(decodeJwt(assertion)).toMatchObject({ iss: keyFile.client_email, aud: GOOGLE_TOKEN_URL });
  });

  it('calls tools, and gets the signature of its thinking back with their results', async () => {
    const functionCall = { name: 'weather', args: { city: 'Oslo' } };
    const result = await ask(answer([{ functionCall, thoughtSignature: 'signed' }]), { tools: [weather] });
    expect(answerOf(result)).toMatchObject({ finishReason: 'tool_calls' });
    await ask(answer([{ text: 'Snow.' }]), { tools: [weather], messages: continued(result) });
    expect(server.requests.at(-1)?.body['contents']).toMatchObject([
      { role: 'user' },
      { role: 'model', parts: [{ functionCall, thoughtSignature: 'signed' }] },
      { role: 'user', parts: [{ functionResponse: { name: 'weather' } }] },
    ]);
  });

  it('thinks within the output budget', async () => {
    const settings = { outputBudgetTokens: 10_000, reasoningEffort: 'medium' as const };
    await ask(answer([{ text: 'Fine.' }]), { ...settings, modelSlug: 'gemini-2.5-pro' });
    expect(server.requests[0]?.body['generationConfig']).toMatchObject({
      thinkingConfig: { thinkingBudget: 5_000 },
    });
  });

  it('is sent all stop sequences, or is not asked', async () => {
    const stopSequences = ['a', 'b', 'c', 'd', 'e'];
    await ask(answer([{ text: 'Fine.' }]), { stopSequences });
    expect(server.requests[0]?.body['generationConfig']).toMatchObject({ stopSequences });
    const more = await ask(answer([{ text: 'Fine.' }]), { stopSequences: [...stopSequences, 'f'] });
    expect(failureOf(more).failureClass).toBe('INVALID_REQUEST');
    expect(server.received).toBe(1);
  });

  it('streams', async () => {
    server.next({ events: [answer([{ text: 'Fi' }]), answer([{ text: 'ne.' }])] });
    const result = await streamedResult(await vertex(), question());
    expect(answerOf(result)).toMatchObject({ text: 'Fine.', usage: { inputTokens: 11, outputTokens: 7 } });
    expect(server.requests[0]?.path).toContain(':streamGenerateContent?alt=sse');
  });

  it.each([
    [401, 'UNAUTHENTICATED', 'AUTH'],
    [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMITED'],
    [503, 'UNAVAILABLE', 'SERVER_ERROR'],
  ])('has failed when it answers %i', async (status, code, failureClass) => {
    const error = { code: status, status: code, message: 'No.' };
    expect(failureOf(await ask({ error }, {}, status))).toMatchObject({ failureClass });
  });

  it.each([
    ['no key file', 'AIzaSyKey'],
    ['a key file with a broken key', JSON.stringify({ ...keyFile, private_key: 'broken' })],
    [
      'a key file that names somebody else’s token endpoint',
      JSON.stringify({ ...keyFile, token_uri: 'https://oauth2.googleapis.com.evil.example/token' }),
    ],
  ])('is not asked with %s', async (_what, credential) => {
    const result = await (await vertex(credential)).call(question(), nobodyLeaves());
    expect(failureOf(result).failureClass).toBe('AUTH');
    expect(failureOf(result).message).not.toContain('broken');
    expect(tokens.assertions).toEqual([]);
    expect(server.received).toBe(0);
  });

  it.each([
    [400, 'AUTH'],
    [503, 'CONNECTION'],
  ])('is not asked when the token endpoint answers %i', async (status, failureClass) => {
    tokens.answer = () => new Response('{"error":"invalid_grant"}', { status });
    const result = await (await vertex()).call(question(), nobodyLeaves());
    expect(failureOf(result).failureClass).toBe(failureClass);
    expect(server.received).toBe(0);
  });
});

describe('a token', () => {
  const tokensAt = (now: () => number) =>
    createGoogleTokens({
      ...{ fetch: fetchWithTokens, credential: JSON.stringify(keyFile) },
      clock: { ...nodeClock, now },
      timers: nodeTimers,
    });

  it('is asked for once by all who wait for it, and again shortly before its end', async () => {
    let now = 1_800_000_000_000;
    const token = tokensAt(() => now);
    expect(await Promise.all([token(), token(), token()])).toEqual(['token-1', 'token-1', 'token-1']);
    now += 3_400_000;
    expect(await token()).toBe('token-1');
    now += 100_000;
    expect(await Promise.all([token(), token()])).toEqual(['token-2', 'token-2']);
  });

  it('is asked for again after a failure', async () => {
    const token = tokensAt(() => 1_800_000_000_000);
    const { answer } = tokens;
    tokens.answer = () => Response.json({ access_token: 'two\nlines', expires_in: 3600 });
    const error: unknown = await token().catch((reason: unknown) => reason);
    expect(findTransportError(error)).toMatchObject({ failureClass: 'CONNECTION' });
    tokens.answer = answer;
    expect(await token()).toBe('token-2');
  });
});
