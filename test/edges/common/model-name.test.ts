import { describe, expect, it } from 'vitest';
import { createCatalogView } from '../../../src/catalog/catalog-view.ts';
import { applySource } from '../../../src/catalog/source/catalog-source.ts';
import { parseCatalogFile } from '../../../src/catalog/source/catalog-file.ts';
import { modelsNamed } from '../../../src/edges/common/model-name.ts';
import { requireSound } from '../../../src/system/input/reader.ts';
import { secretsForAnywhere } from '../../support/providers/secrets.ts';

const model = (slug: string) =>
  `{ slug: ${slug}, contextWindowTokens: 1000, maxOutputTokens: 100, inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 1 }`;
const text = `
providers:
  - { slug: one, adapter: simulated, models: [${model('swift')}, ${model('shared')}, ${model('deep/thought')}] }
  - { slug: two, adapter: simulated, models: [${model('shared')}] }
aliases: { gpt-5: one/swift, pool: [one/shared, two/*] }
`;
const source = requireSound(parseCatalogFile(text, 'catalog-file'));
const rows = requireSound(applySource({ version: 0, providers: [], models: [] }, source, 0));
const catalog = createCatalogView({ version: 1, ...rows }, secretsForAnywhere({}));

describe('the name of a model in a client’s request', () => {
  it.each([
    ['auto', {}],
    ['auto:cost_first', { policyName: 'cost_first' }],
    ['auto:code', { taskType: 'code' }],
    ['one/swift', { models: ['one/swift'] }],
    ['one/deep/thought', { models: ['one/deep/thought'] }],
    ['two/*', { models: ['two/*'] }],
    ['gpt-5', { models: ['one/swift'] }],
    ['pool', { models: ['one/shared', 'two/*'] }],
    ['swift', { models: ['one/swift'] }],
    ['shared', { models: ['one/shared', 'two/shared'] }],
    ['deep/thought', { models: ['one/deep/thought'] }],
  ])('%s is understood', (name, expected) => {
    expect(modelsNamed(name, catalog)).toEqual(expected);
  });

  it.each([
    ['one/swiff', 'one/swift'],
    ['swiff', 'swift'],
    ['gpt-6', 'gpt-5'],
    ['tow/*', 'two/*'],
    ['', 'auto'],
    ['auto:Cost First', 'quality_first'],
    ['__proto__', ''],
  ])('%s is none, and what was meant is named', (name, meant) => {
    expect(() => modelsNamed(name, catalog)).toThrow(meant);
  });
});
