import { expect, inject, it, onTestFinished } from 'vitest';
import { administer } from '../../support/databases/administer.ts';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer } from '../../support/servers/server.ts';

it.skipIf(inject('postgres') === null)(
  'a database whose schema is gone is away: calls with a key are Unavailable, others are served',
  async () => {
    const database = await createPostgresDatabase();
    onTestFinished(() => database[Symbol.asyncDispose]());
    const provider = await startScriptedProvider();
    onTestFinished(() => provider[Symbol.asyncDispose]());
    await using server = await startServer({ DATABASE_URL: database.url });
    await addModel(server, 'calm', provider);
    await administer(database.url, (client) => client.query('ALTER SCHEMA public RENAME TO gone'));
    expect(await route(server, { models: ['calm/model'], idempotencyKey: 'k' })).toMatchObject({
      __typename: 'Unavailable',
    });
    expect(await route(server, { models: ['calm/model'] })).toMatchObject({
      __typename: 'RouteSuccess',
      degraded: ['DATABASE'],
    });
    await administer(database.url, (client) => client.query('ALTER SCHEMA gone RENAME TO public'));
  },
);
