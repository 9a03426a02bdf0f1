import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nobodyLeaves, question } from '../../../support/providers/provider-calls.ts';
import { openProviderStage, type ProviderStage } from '../../provider-stage.ts';
import { untoldTraits } from '../asked.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

describe.each(['mistral', 'groq', 'deepseek'] as const)('a body for %s', (adapter) => {
  it('has the caller’s options that the SDK does not know, and nothing of ours', async () => {
    const provider = await stage.provider(adapter);
    const providerOptions = { prompt_mode: 'reasoning', note: 'Ünïcode \ud800', model: 'other' };
    await provider.call(question({ providerOptions }), nobodyLeaves());
    expect(stage.lastBody()).toMatchObject({ prompt_mode: 'reasoning', model: 'small', max_tokens: 100 });
    expect(JSON.stringify(stage.server.requests[0]?.headers)).not.toContain('x-switchyard');
  });

  it('has the output budget under the name that the catalog tells', async () => {
    const provider = await stage.provider(adapter);
    const traits = { ...untoldTraits, maxTokensParameter: 'max_completion_tokens' } as const;
    await provider.call(question({ traits }), nobodyLeaves());
    expect(stage.lastBody()).toMatchObject({ max_completion_tokens: 100 });
    expect(stage.lastBody()).not.toHaveProperty('max_tokens');
  });
});

it('a body for Anthropic has the fields that the SDK does not know, and one name for the output budget', async () => {
  const provider = await stage.provider('anthropic');
  const traits = { ...untoldTraits, maxTokensParameter: 'max_completion_tokens' } as const;
  await provider.call(question({ traits, providerOptions: { of_tomorrow: [1] } }), nobodyLeaves());
  expect(stage.lastBody()).toMatchObject({ of_tomorrow: [1], max_tokens: 100 });
  expect(stage.lastBody()).not.toHaveProperty('max_completion_tokens');
});

it.each(['openai', 'azure', 'google'] as const)(
  'a body for %s has the caller’s options that the SDK does not know, behind what was decided',
  async (adapter) => {
    const provider = await stage.provider(adapter);
    await provider.call(question({ providerOptions: { of_tomorrow: [1], input: 'x' } }), nobodyLeaves());
    expect(stage.lastBody()).toMatchObject({ of_tomorrow: [1] });
    expect(stage.lastBody()['input']).not.toBe(adapter === 'google' ? undefined : 'x');
    expect(JSON.stringify(stage.server.requests[0]?.headers)).not.toContain('x-switchyard');
  },
);

it('a body for Bedrock has them among the fields of its model, beside ours', async () => {
  const provider = await stage.provider('amazon-bedrock');
  const asked = { modelSlug: 'anthropic.claude-sonnet-4-v1:0', sampling: { topK: 4 } };
  await provider.call(question({ ...asked, providerOptions: { of_tomorrow: [1] } }), nobodyLeaves());
  expect(stage.lastBody()).toMatchObject({ additionalModelRequestFields: { of_tomorrow: [1], top_k: 4 } });
});

it('a caller’s option that the SDK knows is worded by it', async () => {
  const provider = await stage.provider('mistral');
  await provider.call(question({ providerOptions: { promptCacheKey: 'k1' } }), nobodyLeaves());
  expect(stage.lastBody()).toMatchObject({ prompt_cache_key: 'k1' });
  expect(stage.lastBody()).not.toHaveProperty('promptCacheKey');
});
