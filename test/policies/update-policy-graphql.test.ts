import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../support/servers/server.ts';

let server: TestServer;
beforeAll(async () => void (server = await startServer()));
afterAll(() => server[Symbol.asyncDispose]());

const update = (input: object) =>
  server.field(
    'updateTenantPolicy',
    `mutation ($input: UpdateTenantPolicyInput!) { updateTenantPolicy(input: $input) {
      __typename
      ... on UpdateTenantPolicyPayload { warnings policy { version nearEqualMargin } }
      ... on InvalidInput { issues { path message } }
    } }`,
    { input },
  );

test('a policy may name models that are not there, and its payload says so', async () => {
  const allowedModels = ['simulated/steady', 'simulated/stedy'];
  expect(await update({ version: 1, allowedModels, deniedModels: ['opnai/*'] })).toEqual({
    __typename: 'UpdateTenantPolicyPayload',
    policy: { version: 2, nearEqualMargin: 0.05 },
    warnings: [
      'allowedModels.1: simulated/stedy is no model of the catalog; did you mean simulated/steady?',
      'deniedModels.0: opnai/* is no provider of the catalog; did you mean openai/*?',
    ],
  });
});

test('an empty update answers the policy as it is', async () => {
  expect(await update({ version: 2 })).toMatchObject({ policy: { version: 2 } });
});

test('weights that make no whole are told in one sentence, once', async () => {
  const refused = await update({ version: 2, qualityWeight: 0.5, latencyWeight: 0.5, costWeight: 0.5 });
  expect(refused).toEqual({
    __typename: 'InvalidInput',
    issues: [
      {
        path: ['qualityWeight'],
        message: 'quality, latency and cost weight must sum to 1.00; with this they sum to 1.50',
      },
    ],
  });
});
