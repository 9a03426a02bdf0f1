import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operationLimits } from '../../src/graphql/builder.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

let server: TestServer;
beforeAll(async () => void (server = await startServer()));
afterAll(() => server[Symbol.asyncDispose]());

test('a whole page of decisions with all their attempts is within the limits', async () => {
  const query = `{ routingDecisions(first: 200) { headCursor pageInfo { hasNextPage endCursor } nodes {
    id cursor tenantId createdAt completedAt latencyMs costUsd status workflowId auditSeq degraded
    model { id key } policy { name version }
    attempts { position providerSlug modelSlug status failureClass message httpStatus startedAt latencyMs timeToFirstTokenMs retryAfterMs
      usage { inputTokens outputTokens reasoningTokens costUsd } }
  } } }`;
  expect(await server.field('routingDecisions', query)).toMatchObject({ nodes: [] });
});

test('the operations guide says what the limits are', () => {
  const guide = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const { complexity, depth, breadth } = operationLimits;
  expect(guide).toContain(`complexity of ${complexity}, a depth of ${depth} and a breadth of ${breadth}`);
});
