import { noSettings } from '../../src/providers/adapter-settings.ts';
import { createCatalogView, type CatalogView } from '../../src/catalog/catalog-view.ts';
import type { CatalogModel, CatalogProvider } from '../../src/catalog/model.ts';
import { untold } from '../../src/catalog/traits.ts';
import { secretsForAnywhere } from '../../test/support/providers/secrets.ts';
import type { World } from './world.ts';

/** What is said of a model where nothing else is. */
const usual = {
  ...{ enabled: true, archivedAt: null, capabilities: ['STREAMING'] as const },
  ...{ contextWindowTokens: 128_000, maxOutputTokens: 16_000, reasoningTokenFloor: null },
  ...{
    attemptTimeoutMs: null,
    firstTokenTimeoutMs: null,
    probeIntervalMs: null,
    cacheTtlMs: null,
    embeddingSpace: null,
    complianceScorePct: 90,
  },
  maxConcurrent: null,
  ...untold,
  ...{ cachedInputMicroUsdPerMillionTokens: null, cacheWriteMicroUsdPerMillionTokens: null, prices: [] },
};

/** A model in a line: prices in USD per million tokens, quality 0..1, and what the catalog expects of its speed. */
export function catalogModel(
  [providerSlug, slug]: readonly [string, string],
  [inputUsd, outputUsd]: readonly [number, number],
  quality: number,
  [expectedFirstTokenMs, msPerToken]: readonly [number, number],
): CatalogModel {
  const ats = { taskType: 'default', scoreBps: Math.round(quality * 10_000), samples: 1, source: 'bench' };
  return {
    ...{ ...usual, providerSlug, slug, expectedFirstTokenMs },
    inputMicroUsdPerMillionTokens: Math.round(inputUsd * 1e6),
    outputMicroUsdPerMillionTokens: Math.round(outputUsd * 1e6),
    expectedMicrosPerOutputToken: Math.round(msPerToken * 1000),
    ats: [{ ...ats, measuredAt: 0 }],
  };
}

/** The catalog at a moment: prices as they are then. */
export function catalogAt(
  { models, conditionOf }: Pick<World, 'models' | 'conditionOf'>,
  atMs: number,
): CatalogView {
  const priced = models.map(({ model }, index) => {
    const { priceTimes } = conditionOf(index, atMs);
    return {
      ...model,
      inputMicroUsdPerMillionTokens: Math.round(model.inputMicroUsdPerMillionTokens * priceTimes),
      outputMicroUsdPerMillionTokens: Math.round(model.outputMicroUsdPerMillionTokens * priceTimes),
    };
  });
  const slugs = [...new Set(priced.map(({ providerSlug }) => providerSlug))].sort();
  return createCatalogView(
    { version: 1 + Math.floor(atMs), providers: slugs.map(provider), models: priced },
    secretsForAnywhere(),
  );
}

function provider(slug: string): CatalogProvider {
  return {
    ...{ slug, name: slug, adapter: 'openai', baseUrl: null, credentialName: null, enabled: true },
    ...noSettings,
    ...{ requestsPerMinute: null, tokensPerMinute: null, maxConcurrent: null, archivedAt: null },
  };
}
