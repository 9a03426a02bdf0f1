import { secretsForAnywhere } from '../support/providers/secrets.ts';
import { expect, test } from 'vitest';
import { createCatalogView } from '../../src/catalog/catalog-view.ts';
import { unknownModels } from '../../src/catalog/unknown-models.ts';
import { applySource } from '../../src/catalog/source/catalog-source.ts';
import { parseCatalogFile } from '../../src/catalog/source/catalog-file.ts';
import { requireSound } from '../../src/system/input/reader.ts';

const models = ['steady', 'quick', 'meta/llama-3'].map(
  (slug) =>
    `{ slug: ${slug}, contextWindowTokens: 1000, maxOutputTokens: 100, inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 1 }`,
);
const source = requireSound(
  parseCatalogFile(
    `providers: [{ slug: simulated, adapter: simulated, models: [${models.join()}] }]`,
    'prior',
  ),
);
const rows = requireSound(applySource({ version: 0, providers: [], models: [] }, source, 0));
const archived = rows.models.map((model) => (model.slug === 'quick' ? { ...model, archivedAt: 1 } : model));
const view = createCatalogView(
  { version: 1, providers: rows.providers, models: archived },
  secretsForAnywhere(),
);

test('names that no model has are told, each with the nearest that one has', () => {
  const patterns = [
    'simulated/steady',
    'simulated/stedy',
    'simulated/*',
    'simulate/*',
    'simulated/lama',
    'simulated/meta/llama-3',
  ];
  expect(unknownModels(view, patterns)).toEqual([
    { index: 1, message: 'is no model of the catalog; did you mean simulated/steady?' },
    { index: 3, message: 'is no provider of the catalog; did you mean simulated/*?' },
    { index: 4, message: 'is no model of the catalog; did you mean simulated/steady?' },
  ]);
});

test('an archived model is out of use and not misspelt', () => {
  expect(unknownModels(view, ['simulated/quick'])).toEqual([]);
});
