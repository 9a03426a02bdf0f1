import { expect, inject, it, onTestFinished } from 'vitest';
import { administer } from '../../support/databases/administer.ts';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { route, sayHello } from '../../support/graphql/route-call.ts';
import {
  routeStreamSubscription,
  subscribeBySse,
  type ShownEvent,
} from '../../support/graphql/stream-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer } from '../../support/servers/server.ts';

/** What of a request all but Responses have. */
const chat = { max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };

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
    for (const path of ['/v1/chat/completions', '/v1/messages', '/v1/responses']) {
      const answer = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${adminKey}`,
          'content-type': 'application/json',
          'idempotency-key': path,
        },
        body: JSON.stringify({
          model: 'calm/model',
          ...(path.endsWith('responses') ? { input: 'Hi' } : chat),
        }),
      });
      expect([path, answer.status, await answer.text()]).toEqual([path, 503, expect.stringMatching(/\S/)]);
      expect(answer.headers.get('x-should-retry')).toBe('true');
    }
    const events: ShownEvent[] = [];
    const variables = { input: { ...sayHello({ models: ['calm/model'], idempotencyKey: 's' }) } };
    const call = { url: server.url, key: adminKey, query: routeStreamSubscription };
    for await (const event of subscribeBySse(call, variables)) events.push(event);
    expect(events.map(({ __typename }) => __typename)).toEqual(['RouteFailed']);
    expect(JSON.stringify(events)).toContain('Unavailable');
    expect(await route(server, { models: ['calm/model'] })).toMatchObject({
      __typename: 'RouteSuccess',
      degraded: ['DATABASE'],
    });
    await administer(database.url, (client) => client.query('ALTER SCHEMA gone RENAME TO public'));
  },
);
