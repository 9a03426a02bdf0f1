import { expect, it } from 'vitest';
import { addModel } from '../support/graphql/admin.ts';
import { fail } from '../support/graphql/breakers.ts';
import { ask } from '../support/graphql/client.ts';
import { route } from '../support/graphql/route-call.ts';
import { startScriptedProvider } from '../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { until } from '../support/time/until.ts';

interface Shown {
  readonly isCallable: boolean;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly since: string | null;
  readonly until: string | null;
}

async function availabilityOf(server: TestServer, slug: string): Promise<Shown> {
  const query = `{ models(providerSlug: "${slug}") { nodes { availability { isCallable reason detail since until } } } }`;
  const { nodes } = await ask<{ nodes: { availability: Shown }[] }>(server, 'models', query);
  return nodes[0]!.availability;
}

it('a model says whether it can be called, and if not since when, until when, and in whose words why', async () => {
  await using provider = await startScriptedProvider();
  await using server = await startServer({ SWITCHYARD_BREAKER_THRESHOLD: '1' });
  for (const slug of ['well', 'open', 'paused', 'down']) await addModel(server, slug, provider);
  expect(await availabilityOf(server, 'well')).toEqual({
    ...{ isCallable: true, reason: null, detail: null, since: null, until: null },
  });

  await fail(server, 'open', provider, 1);
  const open = await availabilityOf(server, 'open');
  expect(open).toMatchObject({ isCallable: false, reason: 'BREAKER_OPEN' });
  expect(Date.parse(open.until!) - Date.parse(open.since!)).toBeGreaterThanOrEqual(59_000);

  provider.next({ status: 429, headers: { 'retry-after': '100' } });
  await route(server, { models: ['paused/model'] });
  expect(await availabilityOf(server, 'paused')).toMatchObject({ isCallable: false, reason: 'RATE_LIMITED' });

  provider.always({ status: 401, body: { error: { message: 'No such key here.' } } });
  await route(server, { models: ['down/model'] });
  await until(
    async () => (await availabilityOf(server, 'down')).detail?.includes('No such key here.') === true,
  );
  expect(await availabilityOf(server, 'down')).toMatchObject({ isCallable: false, reason: 'HARD_DOWN' });
});

it('operators are told which credential is missing, others only that one is', async () => {
  await using server = await startServer();
  const query = `{ models(providerSlug: "openai") { nodes { availability { reason detail } } } }`;
  const { nodes } = await ask<{ nodes: { availability: Shown }[] }>(server, 'models', query);
  expect(nodes[0]!.availability).toEqual({
    ...{
      reason: 'DISABLED',
      detail: 'Its provider has no credentials: this instance has no OPENAI_API_KEY.',
    },
  });
});
