import { expect, test } from 'vitest';
import { createTenant } from '../support/graphql/admin.ts';
import { send, adminKey } from '../support/graphql/client.ts';
import { startServer } from '../support/servers/server.ts';

test('a tenant has at most a thousand keys that are not revoked; those of others are unharmed', async () => {
  await using server = await startServer();
  const { prisma } = server.app.services.database;
  const { id } = await createTenant(server, 'crowded');
  const { id: tenantId } = await prisma.tenant.findUniqueOrThrow({ where: { slug: 'crowded' } });
  const keyOf = (index: number) => ({
    ...{
      id: `key${index}`,
      tenantId,
      environment: 'test',

      roles: ['AGENT'],
      createdAt: new Date(),
    },
    secretHash: new Uint8Array(32).fill(index % 256),
  });
  await prisma.apiKey.createMany({ data: Array.from({ length: 999 }, (_, index) => keyOf(index)) });
  const issue = async (more: object) => {
    const query = `mutation ($input: IssueApiKeyInput!) { issueApiKey(input: $input) { __typename ... on InvalidInput { issues { message } } } }`;
    const { data } = await send(server.url, adminKey, query, { input: { roles: ['AGENT'], ...more } });
    return data?.['issueApiKey'];
  };
  expect(await issue({ tenantId: id })).toEqual({ __typename: 'IssueApiKeyPayload' });
  expect(await issue({ tenantId: id })).toEqual({
    __typename: 'InvalidInput',
    issues: [{ message: 'there are 1000 keys that are not revoked, and may be at most 1000' }],
  });
  expect(await issue({})).toEqual({ __typename: 'IssueApiKeyPayload' });
});
