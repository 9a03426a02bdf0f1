import { expect, it } from 'vitest';
import type { CatalogView } from '../../../src/catalog/catalog-view.ts';
import { handOn } from '../../../src/edges/chat/handed-on.ts';
import { chatParameters } from '../../../src/edges/chat/parameters.ts';
import { edgeCatalog } from '../edge-catalog.ts';

const many = (adapter: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    provider: { slug: `${adapter}-${index}`, adapter, archivedAt: null },
  }));

it('OpenAI is told nothing that its Responses lack, and others who speak Chat Completions are', () => {
  const passed = { logit_bias: { 5: 1 }, prediction: { type: 'content', content: 'x' }, verbosity: 'low' };
  const { providerOptions, handedOn } = handOn(passed, edgeCatalog);
  expect(providerOptions).toEqual({
    openai: { textVerbosity: 'low' },
    other: { logit_bias: passed.logit_bias, prediction: passed.prediction },
  });
  expect(handedOn).toEqual([
    { name: 'logit_bias', providers: ['other'] },
    { name: 'prediction', providers: ['other'] },
    { name: 'verbosity', providers: ['openai'] },
  ]);
});

it('no more providers are told than a request may have options for, and those who are not are known', () => {
  const catalog = {
    providers: [...many('openai', 9), ...many('openai-compatible', 30)],
  } as unknown as CatalogView;
  const { providerOptions, handedOn } = handOn({ verbosity: 'low', logit_bias: {} }, catalog);
  expect(Object.keys(providerOptions ?? {})).toHaveLength(16);
  expect(handedOn.map(({ providers }) => providers.length)).toEqual([9, 7]);
});

it('every parameter that is passed on has somebody who takes it', () => {
  for (const [name, { fate }] of Object.entries(chatParameters)) {
    if (fate === 'passed') expect(handOn({ [name]: 1 }, edgeCatalog).handedOn[0]?.providers).toHaveLength(1);
  }
  expect(handOn(undefined, edgeCatalog)).toEqual({ providerOptions: undefined, handedOn: [] });
});
