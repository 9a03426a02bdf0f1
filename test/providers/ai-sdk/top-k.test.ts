import { describe, expect, it } from 'vitest';
import { openProviderStage } from '../provider-stage.ts';
import { ask } from './asked.ts';
import { placeTopK } from '../../../src/providers/ai-sdk/adapt/top-k.ts';

const claude = { modelSlug: 'eu.anthropic.claude-haiku-4-5-v1:0' };

describe('how many tokens to draw from, on Bedrock', () => {
  it('is told among Claude’s own fields, beside what the caller put there', () => {
    const providerOptions = { additionalModelRequestFields: { anthropic_beta: ['x'] } };
    expect(placeTopK({ ...claude, providerOptions }, { topK: 40, topP: 0.5 }, false)).toEqual({
      sampling: { topP: 0.5 },
      options: { additionalModelRequestFields: { anthropic_beta: ['x'], top_k: 40 } },
      notices: [],
    });
  });

  it('is left out with a word where it cannot be told', () => {
    const left = [
      placeTopK(claude, { topK: 40 }, true),
      placeTopK({ modelSlug: 'meta.llama' }, { topK: 40 }, false),
    ];
    for (const { sampling, options, notices } of left) {
      expect({ sampling, options }).toEqual({ sampling: {}, options: {} });
      expect(notices).toEqual([expect.stringContaining('topK')]);
    }
  });

  it('is nothing where nothing is wished', () => {
    expect(placeTopK(claude, { seed: 1 }, false)).toEqual({
      sampling: { seed: 1 },
      options: {},
      notices: [],
    });
  });
});

it('is told to Together, whose package has no field for it', async () => {
  await using stage = await openProviderStage();
  const { body, notices } = await ask(stage, 'togetherai', { sampling: { topK: 40, topP: 0.5 } });
  expect(body).toMatchObject({ top_k: 40, top_p: 0.5 });
  expect(notices).toEqual([]);
});
