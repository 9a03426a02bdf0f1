import { describe, expect, it } from 'vitest';
import { parseCatalogFile } from '../../src/catalog/source/catalog-file.ts';
import { applySource } from '../../src/catalog/source/catalog-source.ts';
import { createCatalogView } from '../../src/catalog/catalog-view.ts';
import { secretsForAnywhere } from '../support/providers/secrets.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { readSourceDocument } from '../../src/catalog/source/source-document.node.ts';

const document = readSourceDocument(null);
const source = parseCatalogFile(document.content, document.atsSource);
if (!source.ok) throw new Error(JSON.stringify(source.issues));
const changes = applySource({ version: 0, providers: [], models: [] }, source.value, 1);
if (!changes.ok) throw new Error(JSON.stringify(changes.issues));
const catalog: Catalog = { version: 1, ...changes.value };
const isReal = (providerSlug: string) => !providerSlug.startsWith('simulated');

describe('the built-in catalog', () => {
  it('knows at least ten real providers and thirty of their models', () => {
    expect(catalog.providers.filter(({ slug }) => isReal(slug)).length).toBeGreaterThanOrEqual(10);
    expect(catalog.models.filter(({ providerSlug }) => isReal(providerSlug)).length).toBeGreaterThanOrEqual(
      30,
    );
  });

  it('says of every real provider and model where its facts come from, and of which day they are', () => {
    const real = document.content.slice(0, document.content.indexOf('slug: simulated'));
    const entries = real.split('\n').filter((line) => /^\s*- slug: (?!simulated)/.test(line));
    for (const line of entries) expect(line).toMatch(/# 202\d-[01]\d-[0-3]\d https:\/\/\S+$/);
    expect(entries.length).toBeGreaterThanOrEqual(40);
  });

  it('marks every ATS score as a prior, and gives every model an overall one', () => {
    for (const { ats } of catalog.models) {
      expect(ats.map((score) => score.source)).toEqual(ats.map(() => 'prior'));
      expect(ats.map((score) => score.taskType)).toContain('default');
    }
  });

  it('prices every model of a real provider', () => {
    for (const model of catalog.models) {
      expect(model.inputMicroUsdPerMillionTokens).toBeGreaterThan(0);
      const embeds = model.capabilities.includes('EMBEDDINGS');
      if (!embeds) expect(model.outputMicroUsdPerMillionTokens).toBeGreaterThan(0);
    }
  });

  it('asks every real provider for a credential of its own', () => {
    const names = catalog.providers
      .filter(({ slug }) => isReal(slug))
      .map(({ credentialName }) => credentialName);
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain(null);
  });

  it('can route, and fall back to another provider, without any credential', () => {
    const view = createCatalogView(catalog, secretsForAnywhere());
    const callable = view.models.filter(({ facts }) => facts.disabledCause === null);
    expect(new Set(callable.map(({ provider }) => provider.slug))).toEqual(
      new Set(['simulated', 'simulated-alt']),
    );
  });
});
