import { expect, test } from 'vitest';
import { createTenant } from '../../support/graphql/admin.ts';
import { createErrorLog } from '../../support/logs/error-log.ts';
import { startServer } from '../../support/servers/server.ts';

test('a tenant that is deleted between the reads of one query is not found, and no fault of ours', async () => {
  const log = createErrorLog();
  await using server = await startServer({}, { log });
  const { policy } = await createTenant(server, 'brief');
  const { prisma } = server.app.services.database;
  // Behind the server's back: its memory has the policy for a moment longer than the database has the tenant.
  await prisma.$executeRaw`DELETE FROM tenants WHERE slug = 'brief'`;
  const query = 'query ($id: ID!) { node(id: $id) { ... on TenantRoutingPolicy { tenant { slug } } } }';
  expect(await server.ask(query, { id: policy.id })).toMatchObject({
    status: 200,
    errors: [{ message: 'It is not there any more.', extensions: { code: 'NOT_FOUND' } }],
  });
  expect(log.errors).toEqual([]);
});
