import { expect } from 'vitest';
import type { Sampling } from '../../../../src/providers/provider.ts';
import { untoldTraits } from '../../ai-sdk/asked.ts';
import { answerOf } from '../../../support/providers/provider-calls.ts';
import { traitsOf } from '../../../../src/catalog/traits.ts';
import { modelsOf } from '../catalog.ts';
import { textBlock } from '../said.ts';
import { answered, expectRefused, type Proof } from './proof.ts';

const wished: Sampling = {
  ...{ temperature: 0.25, topP: 0.5, topK: 40, seed: 7 },
  ...{ presencePenalty: 0.5, frequencyPenalty: 0.25 },
};

/** What the API has a field for comes as it was wished, everything else is told in a notice, for each model that is known. */
export const parameters: Proof = async (cell) => {
  const { subject } = cell;
  const known = modelsOf(subject.adapter).map((model) => ({ slug: model.slug, traits: traitsOf(model) }));
  for (const { slug, traits } of [{ slug: subject.model, traits: untoldTraits }, ...known]) {
    const changes = { modelSlug: slug, traits, sampling: wished, outputBudgetTokens: 123 };
    const { result, asked } = await cell.whole({ blocks: [textBlock('Fine.')] }, changes);
    answerOf(result);
    const told = result.notices?.join(' ') ?? '';
    if (traits.samplingLocked) expect(asked?.sampling, slug).toEqual({});
    for (const [name, value] of Object.entries(wished)) {
      const sent = asked?.sampling[name];
      if (sent === undefined) expect(told, `${slug}: ${name}`).toContain(name);
      else expect(sent, `${slug}: ${name}`).toBe(value);
    }
    const renamed = subject.budgetName === 'max_tokens' ? traits.maxTokensParameter : null;
    expect(asked?.budget, slug).toEqual([renamed ?? subject.budgetName, 123]);
  }
};

export const stops: Proof = async (cell, standing) => {
  const stopSequences = ['END', '\n\n'];
  const came = await cell.whole({ blocks: [textBlock('Fine.')] }, { stopSequences });
  if (standing.is === 'refused') return expectRefused(came);
  expect(answered(came, standing)[1].stops).toEqual(stopSequences);
};

/** Of 1,000 tokens of input the cache held and took some, as far as the API tells. */
export const cache: Proof = async (cell, standing) => {
  const { written } = cell.subject;
  const counts = { input: 1000, output: 50, cached: 600, ...(written && { written: 300 }) };
  for (const came of await cell.both({ blocks: [textBlock('Fine.')], counts })) {
    const [answer] = answered(came, standing);
    expect(answer.usage).toEqual({
      ...{ inputTokens: 1000, outputTokens: 50, reasoningTokens: 0, cachedInputTokens: 600 },
      ...(written && { cacheWriteTokens: 300 }),
    });
  }
};
