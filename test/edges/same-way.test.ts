import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addModel, change, PREFERRED, SPARE } from '../support/graphql/admin.ts';
import { ask as query } from '../support/graphql/client.ts';
import { decisionOf, route, type ShownDecision } from '../support/graphql/route-call.ts';
import {
  startScriptedProvider,
  type ScriptedProvider,
  type ScriptedReply,
} from '../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { entriesOf } from './audit-entries.ts';
import { send } from './http-client.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let providers: readonly [ScriptedProvider, ScriptedProvider];

beforeAll(async () => {
  server = stack.use(await startServer());
  providers = [stack.use(await startScriptedProvider()), stack.use(await startScriptedProvider())];
  const capabilities = ['TOOLS', 'JSON_SCHEMA', 'STREAMING', 'FORCED_TOOLS', 'STOP_SEQUENCES'];
  await addModel(server, 'first', providers[0], { ...PREFERRED, capabilities });
  await addModel(server, 'second', providers[1], { ...SPARE, capabilities });
  const { version } = await query<{ version: number }>(
    server,
    'tenantPolicy',
    '{ tenantPolicy { version } }',
  );
  await change(server, 'updateTenantPolicy', { version, nearEqualMargin: 0 });
});
afterAll(() => stack.disposeAsync());

/** One call in the words of both APIs. */
interface Twin {
  readonly graphql: object;
  readonly chat: object;
}

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const none: Twin = { graphql: {}, chat: {} };
const twin = (graphql: object, chat: object = graphql): Twin => ({ graphql, chat });
const maybe = (some: fc.Arbitrary<Twin>) => fc.option(some, { nil: none });
const text = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .filter((each) => each.trim() !== '');

const messages = fc
  .array(fc.tuple(fc.constantFrom('user', 'system', 'assistant'), text), { minLength: 1, maxLength: 4 })
  .map((list) =>
    twin(
      { messages: list.map(([role, content]) => ({ role: role.toUpperCase(), content })) },
      {
        messages: list.map(([role, content]) => ({ role: role === 'system' ? 'developer' : role, content })),
      },
    ),
  );
const toolChoices = [
  twin({ toolChoice: { mode: 'AUTO' } }, { tool_choice: 'auto' }),
  twin({ toolChoice: { mode: 'REQUIRED' } }, { tool_choice: 'required' }),
  twin(
    { toolChoice: { mode: 'TOOL', toolName: 'weather' } },
    { tool_choice: { type: 'function', function: { name: 'weather' } } },
  ),
];
const tools = twin(
  { tools: [{ name: 'weather', parameters: schema }] },
  { tools: [{ type: 'function', function: { name: 'weather', parameters: schema } }] },
);
const both = (one: Twin, other: Twin): Twin => ({
  graphql: { ...one.graphql, ...other.graphql },
  chat: { ...one.chat, ...other.chat },
});
const parts: readonly fc.Arbitrary<Twin>[] = [
  messages,
  maybe(fc.constantFrom(none, ...toolChoices).map((choice) => both(tools, choice))),
  maybe(fc.integer({ min: 1, max: 500 }).map((n) => twin({ maxOutputTokens: n }, { max_tokens: n }))),
  maybe(fc.constantFrom(0, 0.5, 1).map((temperature) => twin({ temperature }))),
  maybe(fc.constantFrom(0.1, 1).map((share) => twin({ topP: share }, { top_p: share }))),
  maybe(fc.integer({ min: 0, max: 99 }).map((seed) => twin({ seed }))),
  maybe(fc.constantFrom('END').map((stop) => twin({ stopSequences: [stop] }, { stop }))),
  maybe(
    fc.constant(twin({ responseFormat: { type: 'JSON' } }, { response_format: { type: 'json_object' } })),
  ),
  maybe(
    fc.constant(
      twin(
        { responseFormat: { type: 'JSON_SCHEMA', jsonSchema: schema } },
        { response_format: { type: 'json_schema', json_schema: { name: 'place', schema } } },
      ),
    ),
  ),
  maybe(fc.constant(twin({ labels: [{ name: 'team', value: 'core' }] }, { metadata: { team: 'core' } }))),
  maybe(fc.constant(twin({ endUserId: 'u1' }, { user: 'u1' }))),
  maybe(fc.constant(twin({ workflowId: 'w1' }, { switchyard: { workflowId: 'w1' } }))),
  fc.constantFrom(
    twin({}, { model: 'auto' }),
    twin({ models: ['second/model'] }, { model: 'second/model' }),
    twin({ models: ['first/*'] }, { model: 'first/*' }),
    twin({ policy: { policyName: 'STRICT_NO_FALLBACK' } }, { model: 'auto:strict_no_fallback' }),
    twin({ taskType: 'code' }, { model: 'auto:code' }),
  ),
];
const calls = fc.tuple(...parts).map((list) => list.reduce(both));
/** What teaches the next call nothing: no breaker and no pause comes of it. */
const replies = fc.constantFrom<ScriptedReply>(
  {},
  { text: 'Yes.' },
  { text: '', finishReason: 'length' },
  { status: 400 },
);

it('a call through GraphQL and through Chat Completions has the same plan, attempts, usage, cost and entries', async () => {
  await fc.assert(
    fc.asyncProperty(calls, replies, replies, async (call, one, other) => {
      const told = () => {
        providers[0].always(one);
        providers[1].always(other);
        return providers.map(({ received }) => received);
      };
      const sent = (before: readonly number[]) =>
        providers.map(({ requests }, index) => requests.slice(before[index]).map(({ body }) => body));
      const beforeGraphql = told();
      const { decision } = await route(server, call.graphql);
      const byGraphql = await recordOf(decision.id);
      const graphqlSent = sent(beforeGraphql);
      const beforeChat = told();
      const response = await send(server, '/v1/chat/completions', call.chat);
      await response.arrayBuffer();
      const byChat = await recordOf(response.headers.get('x-switchyard-decision-id')!);
      expect(byChat).toEqual(byGraphql);
      expect(sent(beforeChat)).toEqual(graphqlSent);
    }),
    { numRuns: 15 },
  );
}, 180_000);

/** What of a record does not tell when it was made, and how long it took. */
async function recordOf(id: string): Promise<object> {
  const decision = await decisionOf(server, { id });
  const { status, plan, attempts, workflowId, costUsd, model } = decision as ShownDecision &
    Record<string, unknown>;
  return {
    ...{ status, workflowId, costUsd, model },
    entries: await entriesOf(server, decision),
    rejected: plan.rejected,
    ranked: plan.ranked.map((each) => {
      const { providerSlug, position, estimates } = each as Record<string, Record<string, unknown>>;
      return { providerSlug, position, estimates: { ...estimates, latencyMs: null } };
    }),
    attempts: attempts.map((attempt) => ({
      ...attempt,
      ...{ startedAt: null, latencyMs: null, timeToFirstTokenMs: null },
    })),
  };
}
