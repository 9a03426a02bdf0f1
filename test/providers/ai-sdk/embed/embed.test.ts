import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Adapter, ProviderRequest } from '../../../../src/providers/provider.ts';
import { nobodyLeaves, question } from '../../../support/providers/provider-calls.ts';
import { openProviderStage, type ProviderStage } from '../../provider-stage.ts';

let stage: ProviderStage;
beforeAll(async () => void (stage = await openProviderStage()));
afterAll(() => stage[Symbol.asyncDispose]());

const openai = { data: [{ embedding: [1, 2] }, { embedding: [3, 4] }], usage: { prompt_tokens: 7 } };
const google = { embeddings: [{ values: [1, 2] }, { values: [3, 4] }] };

async function embed(
  adapter: Adapter,
  body: unknown,
  changes: Partial<ProviderRequest> = {},
  inputs: readonly (string | readonly number[])[] = ['one', 'two'],
) {
  const sent = stage.server.received;
  stage.server.next({ body });
  const embedding = { inputs, dimensions: null };
  const provider = await stage.provider(adapter);
  const result = await provider.call(question({ messages: [], embedding, ...changes }), nobodyLeaves());
  const isSent = stage.server.received > sent;
  if (!isSent) stage.server.reset();
  return { result, isSent, request: stage.server.requests.at(-1) };
}

describe.each([
  ['openai', openai, '/v1/embeddings'],
  ['openai-compatible', openai, '/v1/embeddings'],
  ['mistral', openai, '/v1/embeddings'],
  ['cohere', openai, '/v1/embeddings'],
  ['google', google, '/v1/models/model:batchEmbedContents'],
] as const)('vectors by the adapter %s', (adapter, body, path) => {
  it('are read in order, with what the provider counted', async () => {
    const { result, request } = await embed(adapter, body, { modelSlug: 'model' });
    const vectors = [
      [1, 2],
      [3, 4],
    ];
    const told = adapter === 'google' ? { isEstimated: true } : { inputTokens: 7 };
    const usage = { outputTokens: 0, ...told };
    expect(result).toMatchObject({ ok: true, answer: { text: '', vectors, usage } });
    expect(request?.path.split('?')[0]).toBe(path);
  });

  it('are asked for in the length that is wanted', async () => {
    const embedding = { inputs: ['one', 'two'], dimensions: 2 };
    const { result, request } = await embed(adapter, body, { embedding });
    expect(result.ok).toBe(true);
    const name = adapter === 'google' ? 'outputDimensionality' : 'dimensions';
    expect(JSON.stringify(request?.body)).toContain(`"${name}":2`);
  });

  it('of tokens are asked for where numbers of tokens mean something, else refused unsent', async () => {
    const { result, isSent, request } = await embed(adapter, body, {}, [[1, 2], [3]]);
    expect(isSent).toBe(adapter !== 'google');
    if (isSent) expect(request?.body).toMatchObject({ input: [[1, 2], [3]] });
    else expect(result).toMatchObject({ ok: false, failure: { failureClass: 'INVALID_REQUEST' } });
  });
});

it('the caller’s user is told to whom takes it', async () => {
  for (const adapter of ['openai', 'openai-compatible'] as const) {
    const { request } = await embed(adapter, openai, { endUserId: 'u1' });
    expect(request?.body).toMatchObject({ user: 'u1' });
  }
});

it('an adapter that embeds nothing refuses, and sends nothing', async () => {
  const { result, isSent } = await embed('anthropic', openai);
  expect(isSent).toBe(false);
  expect(result).toMatchObject({ ok: false, failure: { failureClass: 'INVALID_REQUEST' } });
});

it.each([
  [
    'an error in a body of success',
    { error: { message: 'no', code: 'insufficient_quota' } },
    'QUOTA_EXHAUSTED',
  ],
  ['something that is no vector', { data: [{ embedding: ['a'] }] }, 'MALFORMED'],
  ['fewer vectors than inputs', { data: [{ embedding: [1] }] }, 'MALFORMED'],
  ['no JSON', 'nothing', 'MALFORMED'],
])('%s is a failure', async (_, body, failureClass) => {
  const { result } = await embed('openai-compatible', body);
  expect(result).toMatchObject({ ok: false, failure: { failureClass } });
});

it('what a provider says of a failure does not repeat what was to be embedded', async () => {
  const text = 'the diary of a caller who trusts us';
  stage.server.next({ status: 400, body: { error: { message: `cannot embed: ${text}` } } });
  const provider = await stage.provider();
  const embedding = { inputs: [text], dimensions: null };
  const result = await provider.call(question({ messages: [], embedding }), nobodyLeaves());
  expect(result).toMatchObject({ ok: false, failure: { failureClass: 'INVALID_REQUEST' } });
  expect(JSON.stringify(result)).not.toContain('diary');
});

it('reads more than 32 MiB of vectors', async () => {
  const embedding = Array.from({ length: 1024 }, () => 0.123456789012345);
  const inputs = Array.from({ length: 2048 }, () => 'a');
  const body = { data: inputs.map(() => ({ embedding })), usage: { prompt_tokens: 2048 } };
  expect(JSON.stringify(body).length).toBeGreaterThan(32 * 1024 * 1024);
  const { result } = await embed('openai-compatible', body, {}, inputs);
  expect(result).toMatchObject({ ok: true, answer: { usage: { inputTokens: 2048 } } });
}, 60_000);
