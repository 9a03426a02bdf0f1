import { describe, expect, it } from 'vitest';
import type { ModelView } from '../../../src/catalog/catalog-view.ts';
import { keysOfOneSpace } from '../../../src/routing/plan/embedding-space.ts';

function model(
  key: string,
  {
    space = null,
    embeds = true,
    archived = false,
  }: { space?: string | null; embeds?: boolean; archived?: boolean } = {},
): ModelView {
  const providerSlug = key.slice(0, key.indexOf('/'));
  return {
    key,
    provider: { adapter: providerSlug === 'simulated' ? 'simulated' : 'openai' },
    model: {
      providerSlug,
      embeddingSpace: space,
      capabilities: embeds ? ['EMBEDDINGS'] : ['TOOLS'],
      archivedAt: archived ? 1 : null,
    },
  } as unknown as ModelView;
}

const models = [
  model('azure/small', { space: 'small' }),
  model('openai/gpt', { embeds: false }),
  model('openai/large'),
  model('openai/old', { archived: true }),
  model('openai/small', { space: 'small' }),
  model('simulated/embed', { space: 'small' }),
];
const open = { allowedModels: [], deniedModels: [] };
const keysFor = (patterns: readonly string[] | null, lists: Partial<typeof open> | object = {}) => {
  const found = keysOfOneSpace({ models }, patterns, { ...open, ...lists });
  return found.ok ? found.value : found.issues[0]?.message;
};

describe('the models that may turn a request’s texts into vectors', () => {
  it.each([
    [['openai/large'], ['openai/large']],
    [
      ['openai/small', 'azure/small'],
      ['azure/small', 'openai/small'],
    ],
    // What answers is no candidate, and no simulated vector stands beside a real one.
    [['openai/small', 'openai/gpt', 'simulated/*'], ['openai/small']],
    [['simulated/*'], ['simulated/embed']],
    [['azure/*'], ['azure/small']],
  ])('of %j are %j', (patterns, keys) => {
    expect(keysFor(patterns)).toEqual(keys);
  });

  it('are none where several spaces are named, and the message names one of each', () => {
    for (const patterns of [null, ['openai/*'], ['openai/large', 'azure/small']]) {
      expect(keysFor(patterns)).toMatch(/one embedding space.*: one of .*openai\/large/);
    }
  });

  it('are none where nothing that embeds is named, or only what is out of use', () => {
    for (const patterns of [['openai/gpt'], ['openai/old'], ['nobody/*']]) {
      expect(keysFor(patterns)).toContain('turns texts into vectors');
    }
  });

  it('are those that the policy’s lists leave, if they leave any', () => {
    expect(keysFor(null, { deniedModels: ['openai/large'] })).toEqual(['azure/small', 'openai/small']);
    expect(keysFor(null, { allowedModels: ['openai/large', 'openai/gpt'] })).toEqual(['openai/large']);
    // The plan says of it that it is denied.
    expect(keysFor(['openai/large'], { deniedModels: ['openai/large'] })).toEqual(['openai/large']);
  });
});
