import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addModel } from '../support/graphql/admin.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { allOf, routeStream } from '../support/graphql/stream-call.ts';
import { entriesOf } from './audit-entries.ts';
import { send } from './http-client.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let providers: ScriptedProvider[];

beforeAll(async () => {
  server = stack.use(await startServer());
  providers = [stack.use(await startScriptedProvider()), stack.use(await startScriptedProvider())];
  for (const [index, provider] of providers.entries()) {
    await addModel(server, ['first', 'second'][index]!, provider, {
      ats: 0.95 - index * 0.35,
      capabilities: ['STREAMING', 'TOOLS'],
    });
  }
});
afterAll(() => stack.disposeAsync());

const route = `mutation ($input: RouteInput!) { route(input: $input) {
  ... on RouteSuccess { decision { id } } ... on AttemptsExhausted { decision { id } }
  ... on RequestRefused { decision { id } } ... on NoEligibleModel { decision { id } } } }`;

const decision = `query ($id: ID!) { routingDecision(id: $id) {
  id auditSeq status costUsd model { key } plan { timeoutMs ranked { position providerSlug modelSlug inPlan } }
  attempts { position providerSlug modelSlug status failureClass usage { costUsd inputTokens outputTokens } } } }`;

const calls = fc.record({
  text: fc
    .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 50 })
    .filter((text) => text.trim() !== ''),
  system: fc.option(fc.constant('Be brief.')),
  maxTokens: fc.integer({ min: 1, max: 2000 }),
  temperature: fc.option(fc.constantFrom(0, 0.5, 1)),
  model: fc.constantFrom('auto', 'first/model', 'second/*', 'auto:cost_first'),
  firstFails: fc.boolean(),
  secondFails: fc.boolean(),
});

it('the same call leads to the same attempts, usage, cost and audit entries through GraphQL and through every edge, whole and as a stream', async () => {
  await fc.assert(
    fc.asyncProperty(
      calls,
      async ({ text, system, maxTokens, temperature, model, firstFails, secondFails }) => {
        // Faults that no breaker counts: the calls are to meet the same world.
        providers[0]!.always(firstFails ? { status: 400 } : {});
        providers[1]!.always(secondFails ? { status: 400 } : {});
        const hints = temperature === null ? {} : { temperature };
        const user = { role: 'user', content: text };
        const systems = system === null ? [] : [{ role: 'system', content: system }];
        const named = {
          auto: {},
          'first/model': { models: ['first/model'] },
          'second/*': { models: ['second/*'] },
          'auto:cost_first': { policy: { policyName: 'COST_FIRST' } },
        }[model];
        const input = {
          messages: [...systems, user].map((each) => ({ ...each, role: each.role.toUpperCase() })),
          ...{ maxOutputTokens: maxTokens, ...hints, ...named },
        };
        const routed = await server.field<{ decision: { id: string } }>('route', route, { input });
        const edges: readonly (readonly [string, object])[] = [
          ['/v1/chat/completions', { model, messages: [...systems, user], max_tokens: maxTokens, ...hints }],
          [
            '/v1/messages',
            { model, messages: [user], max_tokens: maxTokens, ...hints, ...(system !== null && { system }) },
          ],
          [
            '/v1/responses',
            { model, input: [...systems, user], max_output_tokens: maxTokens, ...hints, store: false },
          ],
        ];
        const ids = [routed.decision.id, await streamedByGraphQL(input)];
        for (const [path, body] of edges) {
          for (const stream of [false, true]) {
            const response = await send(server, path, { ...body, stream });
            await response.arrayBuffer();
            ids.push(response.headers.get('x-switchyard-decision-id') ?? 'none');
          }
        }
        const [byGraphQL, ...others] = await Promise.all(ids.map(recordOf));
        for (const other of others) expect(other).toEqual(byGraphQL);
      },
    ),
    { numRuns: 10 },
  );
});

/** The decision of a call that is streamed through GraphQL, once it has ended. */
async function streamedByGraphQL(input: object): Promise<string> {
  const events = await allOf(routeStream(server, input));
  return events.find(({ decision: decided }) => decided !== undefined)?.decision?.id ?? 'none';
}

/** What is recorded of a decision, and the entries of the audit chain that name it. */
async function recordOf(id: string): Promise<object> {
  const {
    id: _,
    auditSeq,
    ...recorded
  } = await server.field<{ id: string; auditSeq: number }>('routingDecision', decision, { id });
  return { ...recorded, entries: await entriesOf(server, { id, auditSeq }) };
}
