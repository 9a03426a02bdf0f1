import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type * as Sdk from 'openai';
import { addModel } from '../support/graphql/admin.ts';
import { embedding, EMBEDS } from '../support/providers/vectors.ts';
import { openClientStage, type ClientStage } from './stage.ts';

let stage: ClientStage;
let client: Sdk.OpenAI;
let sdk: typeof Sdk;

const texts = { model: 'first/embed', input: ['one', 'two'] };

describe.skipIf(!inject('clients'))('the openai package, embeddings', () => {
  beforeAll(async () => {
    stage = await openClientStage();
    await addModel(stage.server, 'first', stage.first, { modelSlug: 'embed', ...EMBEDS });
    sdk = await import('openai');
    client = new sdk.OpenAI({ baseURL: stage.baseUrl, apiKey: stage.apiKey });
  });
  afterAll(() => stage[Symbol.asyncDispose]());
  beforeEach(() => (stage.first.reset(), stage.first.always(embedding)));

  it.each([undefined, 'float', 'base64'] as const)(
    'gets vectors, asked for as %s',
    async (encoding_format) => {
      const { data, usage, model } = await client.embeddings.create({
        ...texts,
        ...(encoding_format !== undefined && { encoding_format }),
      });
      const vectors = data.map((each) => each.embedding);
      // Who asks for Base64 by itself gets it as it is; who says nothing asks for it and has it unpacked.
      if (encoding_format === 'base64') expect(vectors.every((each) => typeof each === 'string')).toBe(true);
      else
        expect(vectors.map((each) => [...each])).toEqual([
          [1, 0, 0.5],
          [1, 1, 0.5],
        ]);
      expect(usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
      expect(model).toBe('first/embed');
    },
  );

  it('meets errors as its own types, and repeats no chain that was tried to its end', async () => {
    const unknown = client.embeddings.create({ ...texts, model: 'first/embedd' });
    await expect(unknown).rejects.toBeInstanceOf(sdk.NotFoundError);
    const several = client.embeddings.create({ ...texts, model: 'first/model' });
    await expect(several).rejects.toMatchObject({ status: 400, param: 'model' });
    stage.first.always({ status: 400, body: { error: { message: 'no', type: 'invalid_request_error' } } });
    await expect(client.embeddings.create(texts)).rejects.toBeInstanceOf(sdk.BadRequestError);
    const before = stage.first.received;
    stage.first.always({ status: 500 });
    await expect(client.embeddings.create(texts)).rejects.toMatchObject({ status: 502 });
    expect(stage.first.received - before).toBe(2);
  });
});
