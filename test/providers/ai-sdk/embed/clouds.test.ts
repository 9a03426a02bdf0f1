import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSettings } from '../../../../src/providers/adapter-settings.ts';
import type { EmbeddingInput } from '../../../../src/providers/embedding.ts';
import { nobodyLeaves, question } from '../../../support/providers/provider-calls.ts';
import { openProviderStage, type ProviderStage } from '../../provider-stage.ts';

let stage: ProviderStage;
beforeAll(async () => void (stage = await openProviderStage()));
afterAll(() => stage[Symbol.asyncDispose]());

interface Asked {
  readonly modelSlug: string;
  readonly inputs: readonly EmbeddingInput[];
  readonly dimensions?: number;
}

async function embedBy(
  cloud: 'azure' | 'amazon-bedrock',
  reply: { readonly body: unknown; readonly status?: number },
  { modelSlug, inputs, dimensions = null as never }: Asked,
  apiVersion: string | null = null,
) {
  const resource = stage.server.baseUrl.replace(/\/v1$/, '');
  const keys = JSON.stringify({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' });
  const provider = await stage.factory.provider({
    slug: `${cloud}-${apiVersion ?? 'undated'}`,
    adapter: cloud,
    baseUrl: cloud === 'azure' ? resource : stage.server.baseUrl,
    credential: cloud === 'azure' ? 'k' : keys,
    settings: { ...noSettings, apiVersion, ...(cloud !== 'azure' && { region: 'eu-central-1' }) },
  });
  const sent = stage.server.received;
  stage.server.next(reply);
  const embedding = { inputs, dimensions };
  const result = await provider.call(question({ modelSlug, messages: [], embedding }), nobodyLeaves());
  const isSent = stage.server.received > sent;
  if (!isSent) stage.server.reset();
  return { result, isSent, request: stage.server.requests.at(-1) };
}

// As https://learn.microsoft.com/azure/ai-foundry/openai/reference#embeddings records it.
const azureAnswer = {
  object: 'list',
  data: [
    { object: 'embedding', index: 0, embedding: [0.018990106880664825, -0.0073809814639389515] },
    { object: 'embedding', index: 1, embedding: [0.021276434883475304, 0.5] },
  ],
  model: 'text-embedding-3-small',
  usage: { prompt_tokens: 8, total_tokens: 8 },
};

describe('vectors by Azure', () => {
  const asked = { modelSlug: 'my deployment', inputs: ['one', 'two'] };

  it.each([
    [null, '/openai/v1/embeddings', ''],
    ['2024-10-21', '/openai/deployments/my%20deployment/embeddings', '?api-version=2024-10-21'],
  ])('are asked for by its version %s where they are, with the key in its own header', async (...told) => {
    const [version, path, query] = told;
    const { result, request } = await embedBy('azure', { body: azureAnswer }, asked, version);
    expect(result).toMatchObject({
      ok: true,
      answer: { vectors: azureAnswer.data.map(({ embedding }) => embedding), usage: { inputTokens: 8 } },
    });
    expect(request?.path).toMatch(path);
    if (query !== '') expect(request?.path).toContain(query);
    expect(request).toMatchObject({ headers: { 'api-key': 'k' }, body: { input: ['one', 'two'] } });
  });

  it('takes the numbers of tokens', async () => {
    const inputs = [[1, 2], [3]];
    const { request } = await embedBy('azure', { body: azureAnswer }, { ...asked, inputs });
    expect(request?.body).toMatchObject({ input: inputs });
  });

  it('fails as Azure says that it does', async () => {
    const error = { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' };
    const { result } = await embedBy('azure', { status: 404, body: { error } }, asked);
    expect(result).toMatchObject({ ok: false, failure: { httpStatus: 404 } });
  });
});

// As the user guide of Bedrock records each family (docs.aws.amazon.com/bedrock, "Inference request parameters").
const titan = 'amazon.titan-embed-text-v2:0';
const cohere = 'cohere.embed-multilingual-v3';

describe('vectors by Bedrock', () => {
  it('are asked of Titan one text at a time, by a signed request', async () => {
    const embedding = Array.from({ length: 256 }, (_, place) => place / 256);
    const body = { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: 3 };
    const asked = { modelSlug: titan, inputs: ['one'], dimensions: 256 };
    const { result, request } = await embedBy('amazon-bedrock', { body }, asked);
    expect(result).toMatchObject({
      ok: true,
      answer: { vectors: [embedding], usage: { inputTokens: 3 } },
    });
    expect(request?.path).toContain(`/model/${encodeURIComponent(titan)}/invoke`);
    expect(request?.body).toMatchObject({ inputText: 'one', dimensions: 256 });
    expect(request?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/.*eu-central-1/,
    );
  });

  it('of a length that the model does not have are the caller’s fault', async () => {
    const asked = { modelSlug: titan, inputs: ['one'], dimensions: 2 };
    const { result, isSent } = await embedBy('amazon-bedrock', { body: {} }, asked);
    expect(isSent).toBe(false);
    expect(result).toMatchObject({ ok: false, failure: { failureClass: 'INVALID_REQUEST' } });
  });

  it('are not asked of Titan for two texts, which it takes one by one', async () => {
    const { result, isSent } = await embedBy(
      'amazon-bedrock',
      { body: {} },
      { modelSlug: titan, inputs: ['one', 'two'] },
    );
    expect(isSent).toBe(false);
    expect(result).toMatchObject({ ok: false, failure: { failureClass: 'INVALID_REQUEST' } });
  });

  it.each([
    [
      'a list',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'a list by type',
      {
        float: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
  ])('are read of Cohere as %s, and nothing is cut off unseen', async (_, embeddings) => {
    const body = { embeddings, id: 'e1', response_type: 'embeddings_floats', texts: ['one', 'two'] };
    const asked = { modelSlug: cohere, inputs: ['one', 'two'] };
    const { result, request } = await embedBy('amazon-bedrock', { body }, asked);
    const vectors = [
      [1, 2],
      [3, 4],
    ];
    expect(result).toMatchObject({ ok: true, answer: { vectors, usage: { isEstimated: true } } });
    expect(request?.body).toMatchObject({
      texts: ['one', 'two'],
      truncate: 'NONE',
      input_type: 'search_document',
    });
  });

  it('of tokens are refused unsent', async () => {
    const { result, isSent } = await embedBy(
      'amazon-bedrock',
      { body: {} },
      { modelSlug: titan, inputs: [[1]] },
    );
    expect(isSent).toBe(false);
    expect(result).toMatchObject({ ok: false, failure: { failureClass: 'INVALID_REQUEST' } });
  });

  it('fail as Bedrock says that they do', async () => {
    const { result } = await embedBy(
      'amazon-bedrock',
      { status: 429, body: { message: 'Too many requests, please wait before trying again.' } },
      { modelSlug: titan, inputs: ['one'] },
    );
    expect(result).toMatchObject({ ok: false, failure: { failureClass: 'RATE_LIMITED' } });
  });
});
