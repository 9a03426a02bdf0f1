import { expect, it } from 'vitest';
import { embeddingOptions, takesTokens } from '../../../../src/providers/ai-sdk/embed/embedding-options.ts';

it.each([
  ['amazon.titan-embed-text-v2:0', { dimensions: 256 }],
  ['amazon.nova-2-multimodal-embeddings-v1:0', { embeddingDimension: 256, truncate: 'NONE' }],
  ['us.cohere.embed-v4:0', { outputDimension: 256, truncate: 'NONE', inputType: 'search_document' }],
])('Bedrock’s %s takes %j', (modelSlug, amazonBedrock) => {
  const wishes = { dimensions: 256, endUserId: 'u1' };
  expect(embeddingOptions('amazon-bedrock', modelSlug, wishes)).toEqual({ amazonBedrock });
});

it('the user goes to whom has a field for it', () => {
  const options = (adapter: Parameters<typeof embeddingOptions>[0], endUserId: string | undefined) =>
    embeddingOptions(adapter, 'model', { dimensions: 3, endUserId });
  expect(options('azure', 'u1')).toEqual({ openai: { user: 'u1' } });
  expect(options('togetherai', 'u1')).toEqual({ openaiCompatible: { user: 'u1' } });
  expect(options('google', 'u1')).toEqual({});
  expect(options('openai', undefined)).toEqual({});
});

it('numbers of tokens are for OpenAI’s API', () => {
  expect([takesTokens('azure'), takesTokens('google'), takesTokens('amazon-bedrock')]).toEqual([
    true,
    false,
    false,
  ]);
});
