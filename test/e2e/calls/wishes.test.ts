import { afterAll, beforeAll, expect, it } from 'vitest';
import { addModel, PREFERRED } from '../../support/graphql/admin.ts';
import { ask } from '../../support/graphql/client.ts';
import { decisionOf, route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let them: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  them = stack.use(await startScriptedProvider());
  await addModel(server, 'them', them, {
    ...PREFERRED,
    capabilities: ['TOOLS', 'REASONING', 'STREAMING'],
    reasoningTokenFloor: 100,
    efforts: ['LOW', 'HIGH'],
    samplingLocked: true,
    maxTokensParameter: 'MAX_COMPLETION_TOKENS',
  });
});
afterAll(() => stack.disposeAsync());

it('what the catalog says that a model takes is what it is asked, and all else is a notice of the attempt', async () => {
  const answer = await route(server, {
    models: ['them/*'],
    reasoningEffort: 'MAX',
    temperature: 0.5,
    topP: 0.9,
    endUserId: 'someone',
    providerOptions: { them: { min_p: 0.05 }, anthropic: { speed2: 1 } },
  });
  const body = them.requests.at(-1)?.body ?? {};
  expect(body).toMatchObject({ reasoning_effort: 'high', user: 'someone', min_p: 0.05 });
  expect(body).toHaveProperty('max_completion_tokens');
  for (const name of ['max_tokens', 'temperature', 'top_p', 'speed2', 'maxTokensParameter']) {
    expect(body).not.toHaveProperty(name);
  }
  expect(answer.decision.attempts).toMatchObject([
    {
      notices: [
        'The reasoning effort max was asked as high, the nearest that the model takes.',
        'The temperature and topP were left out: the model takes none of them.',
      ],
    },
  ]);
  expect(await decisionOf(server, answer.decision)).toEqual(answer.decision);
});

it('a provider’s options that would change the plan, or that nobody would ever see, are refused by name', async () => {
  const sent = them.requests.length;
  const decided = await route(server, { providerOptions: { them: { max_tokens: 9, min_p: 1 } } });
  expect(decided).toMatchObject({ __typename: 'InvalidInput' });
  expect(JSON.stringify(decided)).toContain('providerOptions.them.max_tokens: is decided by the plan');
  const unknown = await route(server, { providerOptions: { then: { min_p: 1 } } });
  expect(JSON.stringify(unknown)).toContain(
    'providerOptions.then: is no provider of the catalog; did you mean them?',
  );
  expect(them.requests).toHaveLength(sent);
});

it('a call is found again by its labels', async () => {
  const labels = [
    { name: 'team', value: 'search' },
    { name: 'run', value: 'a=b' },
  ];
  const { decision } = await route(server, { models: ['them/*'], labels });
  await route(server, { models: ['them/*'], labels: [{ name: 'team', value: 'ads' }] });
  const page = await ask<{ nodes: { id: string; labels: object[] }[] }>(
    server,
    'routingDecisions',
    '{ routingDecisions(label: { name: "team", value: "search" }) { nodes { id labels { name value } } } }',
  );
  expect(page.nodes).toEqual([{ id: decision.id, labels }]);
});
