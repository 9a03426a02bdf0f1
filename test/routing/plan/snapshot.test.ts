import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCatalogView } from '../../../src/catalog/catalog-view.ts';
import type { CatalogModel, CatalogProvider } from '../../../src/catalog/model.ts';
import { untold } from '../../../src/catalog/traits.ts';
import { noSettings } from '../../../src/providers/adapter-settings.ts';
import { encodePlanInput } from '../../../src/routing/plan/plan-codec.ts';
import { unobserved } from '../../../src/routing/plan/plan-input.ts';
import { toPlanInput, type Snapshot } from '../../../src/routing/plan/snapshot.ts';
import { parseRouteRequest } from '../../../src/routing/request/parse-request.ts';
import { requireSound } from '../../../src/system/input/reader.ts';
import { defaultPolicy } from '../../policies/policies.ts';
import { secretsForAnywhere } from '../../support/providers/secrets.ts';

const provider: CatalogProvider = {
  ...{ slug: 'a', name: 'A', adapter: 'openai', baseUrl: null, credentialName: null },
  ...{ ...noSettings, requestsPerMinute: null, tokensPerMinute: null, maxConcurrent: null },
  ...{ enabled: true, archivedAt: null },
};

/** The price of long prompts is another one, and so is that of a later day. */
const DEAR_FROM_TOKENS = 100;
const DEAR_FROM = 1_000_000;

function model(slug: string, change: Partial<CatalogModel> = {}): CatalogModel {
  return {
    ...{ providerSlug: 'a', slug, enabled: true, capabilities: ['TOOLS'], archivedAt: null },
    ...{ contextWindowTokens: 8000, maxOutputTokens: 1000, reasoningTokenFloor: null },
    ...{ inputMicroUsdPerMillionTokens: 1, outputMicroUsdPerMillionTokens: 2 },
    ...{ cachedInputMicroUsdPerMillionTokens: null, cacheWriteMicroUsdPerMillionTokens: null, prices: [] },
    ...{ expectedFirstTokenMs: 800, expectedMicrosPerOutputToken: 12_000, attemptTimeoutMs: null },
    ...{ firstTokenTimeoutMs: null, probeIntervalMs: null, cacheTtlMs: null, embeddingSpace: null },
    ...{ maxConcurrent: null, ...untold, complianceScorePct: 90 },
    ats: [{ taskType: 'code', scoreBps: 9000, source: 'test', measuredAt: null }] as never,
    ...change,
  };
}

const dear = {
  ...{ inputMicroUsdPerMillionTokens: 5, outputMicroUsdPerMillionTokens: 6 },
  ...{ cachedInputMicroUsdPerMillionTokens: null, cacheWriteMicroUsdPerMillionTokens: null },
};
const models = [
  model('one-price'),
  model('long', { prices: [{ ...dear, from: null, aboveInputTokens: DEAR_FROM_TOKENS }] }),
  model('dated', { prices: [{ ...dear, from: DEAR_FROM, aboveInputTokens: 0 }] }),
];
const freshCatalog = () =>
  createCatalogView({ version: 1, providers: [provider], models }, secretsForAnywhere({}));

const slow = { ...unobserved, latencyRatioPermille: 3000 };
const call = fc.record({
  at: fc.constantFrom(0, DEAR_FROM),
  length: fc.constantFrom(10, 10 * DEAR_FROM_TOKENS),
  taskType: fc.constantFrom('code', 'other'),
  // What is known of models is the same object while nothing changes, or another one that says the same.
  measures: fc.constantFrom(unobserved, slow, { ...slow }),
});

test('a plan is made from what its own call finds, whatever the calls before it found', () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 2, maxLength: 8 }), (calls) => {
      const catalog = freshCatalog();
      for (const { at, length, taskType, measures } of calls) {
        const messages = [{ role: 'USER', content: 'x'.repeat(length) }];
        const request = requireSound(parseRouteRequest({ messages, taskType } as never));
        const snapshot: Snapshot = {
          ...{ catalog, at, policy: defaultPolicy, standInsServe: false, affinity: null },
          measures: { measuresOf: () => measures, eachKnown: (visit) => visit('a') },
        };
        const found = toPlanInput({ request, models: null }, snapshot, null);
        const alone = toPlanInput({ request, models: null }, { ...snapshot, catalog: freshCatalog() }, null);
        expect(found).toEqual(alone);
        expect(encodePlanInput(found)).toBe(encodePlanInput(alone));
      }
    }),
  );
});
