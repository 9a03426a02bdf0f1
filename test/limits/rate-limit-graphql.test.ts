import { graphql } from 'graphql';
import { expect, test } from 'vitest';
import type { Services } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import type { Viewer } from '../../src/tenants/viewer.ts';
import { catalogOf, openLimits, rateLimited, requestHeaders } from './limits-stage.ts';

const source = `{ models(providerSlug: "one") { nodes { key rateLimit {
  remainingRequests limitRequests remainingTokens limitTokens resetAt coolingUntil headroom
} } } }`;

test('a model shows what is left of its provider’s allowance, in instants, and null when nothing is known', async () => {
  await using stage = openLimits();
  stage.call({ headers: requestHeaders(10, 100, 30), failure: rateLimited(2000) });
  await stage.time.advance(500);
  const asOf = stage.time.clock.now();
  const view = catalogOf(1);
  const services = { catalog: { view: () => view }, providerLimits: stage.limits } as unknown as Services;
  const viewer: Viewer = { tenantId: '', keyId: 'caller', roles: ['VIEWER'] };
  const contextValue = { viewer, services, signal: new AbortController().signal };
  const { data, errors } = await graphql({ schema, source, contextValue });
  expect(errors).toBeUndefined();
  expect(JSON.parse(JSON.stringify(data))).toEqual({
    models: {
      nodes: [
        {
          key: 'one/a',
          rateLimit: {
            ...{ remainingRequests: 10, limitRequests: 100, remainingTokens: null, limitTokens: null },
            resetAt: new Date(asOf + 29_500).toISOString(),
            coolingUntil: new Date(asOf + 1500).toISOString(),
            headroom: 0.5,
          },
        },
        { key: 'one/b', rateLimit: null },
      ],
    },
  });
});
