import { expect } from 'vitest';
import { adminKey, send } from '../../support/graphql/client.ts';

/** What a call may take longer when the database goes away meanwhile, and what a busy machine adds. */
export const LONGER_MS = 1_000;
export const TOLERANCE_MS = 700;

/** How long what needs the database may take to say that it is away. */
const AWAY_ANSWER_MS = 3_500;

const adminMutations = [
  'mutation { answer: createTenant(input: { slug: "new", name: "New" }) { __typename } }',
  'mutation { answer: issueApiKey(input: { roles: [AGENT] }) { __typename } }',
  'mutation { answer: updateTenantPolicy(input: { version: 1, maxAttempts: 2 }) { __typename } }',
  'mutation { answer: upsertProvider(input: { slug: "p", name: "P", adapter: "simulated" }) { __typename } }',
  'mutation { answer: archiveModel(input: { providerSlug: "scripted", modelSlug: "model" }) { __typename } }',
];

const tableQueries = [
  '{ answer: auditLog { nodes { id } } }',
  '{ answer: routingDecisions { nodes { id } } }',
  '{ answer: verifyAuditChain { ok } }',
  '{ answer: tenants { nodes { id } } }',
];

/** Asks for something, and how long its answer took. */
async function timedAsk(url: string, query: string) {
  const startedMs = performance.now();
  const answer = await send(url, adminKey, query);
  return { answer, tookMs: performance.now() - startedMs };
}

/** Whatever needs the database says in time that it is away; what does not goes on. */
export async function expectAway(url: string): Promise<void> {
  const mutations = await Promise.all(adminMutations.map((mutation) => timedAsk(url, mutation)));
  for (const { answer, tookMs } of mutations) {
    expect(answer.data).toEqual({ answer: { __typename: 'Unavailable' } });
    expect(tookMs).toBeLessThan(AWAY_ANSWER_MS);
  }
  const queries = await Promise.all(tableQueries.map((query) => timedAsk(url, query)));
  for (const { answer, tookMs } of queries) {
    expect(answer).toMatchObject({
      data: { answer: null },
      errors: [{ extensions: { code: 'UNAVAILABLE' } }],
    });
    expect(tookMs).toBeLessThan(AWAY_ANSWER_MS);
  }
  const { answer } = await timedAsk(url, '{ models { nodes { key } } tenantPolicy { version } }');
  expect(answer.errors).toBeUndefined();
}

/** A call with an idempotency key cannot be kept from being made twice: it is refused, in time. */
export async function expectKeyRefused(url: string, idempotencyKey: string, limitMs: number): Promise<void> {
  const { answer, tookMs } = await timedAsk(
    url,
    `mutation { answer: route(input: {
      messages: [{ role: USER, content: "Say hello." }], idempotencyKey: "${idempotencyKey}"
    }) { __typename } }`,
  );
  expect(answer.data).toEqual({ answer: { __typename: 'Unavailable' } });
  expect(tookMs).toBeLessThan(limitMs);
}
