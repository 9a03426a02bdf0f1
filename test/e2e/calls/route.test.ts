import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadDecision } from '../../../src/routing/record/decision.store.ts';
import { viewDecision } from '../../../src/routing/record/decision-view.ts';
import {
  decisionOf,
  decisionUuid,
  route as routeOn,
  sayHello,
  type RouteAnswer,
} from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
/** Serves `first/model`, clearly the better one. */
let first: ScriptedProvider;
/** Serves `second/model`, which calls no tools and knows no schemas. */
let second: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  first = stack.use(await startScriptedProvider());
  second = stack.use(await startScriptedProvider());
  const capabilities = ['TOOLS', 'FORCED_TOOLS', 'JSON_SCHEMA'];
  await addModel(server, 'first', first, { ats: 0.95, capabilities });
  await addModel(server, 'second', second, { ats: 0.6 });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => [first, second].forEach((provider) => provider.always({})));

const route = (input?: object) => routeOn(server, input);
const recorded = ({ decision }: RouteAnswer) => decisionOf(server, decision);

const attemptOf = (providerSlug: string, rest: object) => ({ providerSlug, modelSlug: 'model', ...rest });
const failed = (providerSlug: string) =>
  attemptOf(providerSlug, { status: 'RETRIABLE_ERROR', failureClass: 'SERVER_ERROR', httpStatus: 500 });

describe('a routed call', () => {
  it('is answered by the best model, once', async () => {
    const before = second.received;
    const answer = await route();
    expect(answer).toMatchObject({
      __typename: 'RouteSuccess',
      degraded: [],
      completion: { text: 'Hello.', finishReason: 'STOP', model: { key: 'first/model' } },
      decision: { status: 'SUCCEEDED', attempts: [{ position: 1, providerSlug: 'first', status: 'OK' }] },
    });
    expect(second.received).toBe(before);
  });

  it('is tried again on the same model after one server error', async () => {
    first.next({ status: 500 });
    const answer = await route();
    expect(answer.completion).toMatchObject({ model: { key: 'first/model' } });
    expect(answer.decision.attempts).toMatchObject([failed('first'), attemptOf('first', { status: 'OK' })]);
  });

  it('falls back to another provider, and names the model that really answered with its usage and cost', async () => {
    first.always({ status: 500 });
    second.always({ text: 'Hello from the second.' });
    const answer = await route();
    // 10 tokens read at 1 and 5 written at 2 USD per million.
    const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 0, costUsd: 0.00002 };
    expect(answer).toMatchObject({
      __typename: 'RouteSuccess',
      completion: { text: 'Hello from the second.', usage, model: { key: 'second/model' } },
      decision: { status: 'SUCCEEDED', costUsd: 0.00002, model: { key: 'second/model' } },
    });
    expect(answer.decision.attempts).toMatchObject([
      { position: 1, ...failed('first'), usage: null },
      { position: 2, ...failed('first'), usage: null },
      { position: 3, ...attemptOf('second', { status: 'OK', failureClass: null }), usage },
    ]);
  });

  it('carries tool calls there and their results back', async () => {
    const tools = [{ name: 'weather', description: 'Tells it.', parameters: { type: 'object' } }];
    const weather = { id: 'call-1', name: 'weather', arguments: '{"city":"Ulm"}' };
    first.next({ toolCalls: [weather] });
    const asked = await route({ tools, toolChoice: { mode: 'REQUIRED' } });
    expect(asked.completion).toMatchObject({ text: '', finishReason: 'TOOL_CALLS', toolCalls: [weather] });
    expect(first.requests.at(-1)?.body).toMatchObject({
      tools: [{ type: 'function', function: tools[0]! }],
      tool_choice: 'required',
    });

    first.next({ text: 'It rains in Ulm.' });
    const told = await route({
      tools,
      messages: [
        ...sayHello().messages,
        { role: 'ASSISTANT', toolCalls: asked.completion?.toolCalls },
        { role: 'TOOL', toolCallId: 'call-1', content: '{"rain":true}' },
      ],
    });
    expect(told.completion).toMatchObject({ text: 'It rains in Ulm.', toolCalls: [] });
    const { id, name, arguments: args } = weather;
    expect(first.requests.at(-1)?.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name, arguments: args } }] },
      { role: 'tool', tool_call_id: id, content: '{"rain":true}' },
    ]);
  });

  it('asks for JSON of a schema, and only models that can', async () => {
    const jsonSchema = { type: 'object', properties: { city: { type: 'string' } } };
    first.next({ text: '{"city":"Ulm"}' });
    const answer = await route({ responseFormat: { type: 'JSON_SCHEMA', jsonSchema } });
    expect(answer.completion?.text).toBe('{"city":"Ulm"}');
    expect(first.requests.at(-1)?.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { schema: jsonSchema },
    });
    expect(answer.decision.plan.rejected).toContainEqual(
      expect.objectContaining({ providerSlug: 'second', reason: 'MISSING_CAPABILITY' }),
    );
  });
});

describe('a call without an answer', () => {
  it('ends at its deadline, lets the providers go, and is recorded', async () => {
    first.always({ fault: 'hang' });
    second.always({ fault: 'hang' });
    const before = { first: first.abandoned, second: second.abandoned };
    // Long enough for both requests to have left a busy machine.
    const answer = await route({ timeoutMs: 2_000 });
    expect(answer).toMatchObject({
      __typename: 'DeadlineExceeded',
      code: 'DEADLINE_EXCEEDED',
      message: 'No answer within 2000 ms.',
      decision: { status: 'DEADLINE', model: null },
    });
    expect(answer.decision.attempts).toMatchObject([
      attemptOf('first', { status: 'TIMEOUT', failureClass: 'TIMEOUT' }),
      attemptOf('second', { status: 'TIMEOUT', failureClass: 'DEADLINE' }),
    ]);
    await Promise.all([first.abandonment(before.first + 1), second.abandonment(before.second + 1)]);
    expect(await recorded(answer)).toEqual(answer.decision);
  });

  it('is refused when every provider is down, and recorded with every attempt', async () => {
    first.always({ status: 500 });
    second.always({ fault: 'reset' });
    const answer = await route();
    expect(answer).toMatchObject({
      __typename: 'AttemptsExhausted',
      code: 'ATTEMPTS_EXHAUSTED',
      decision: { status: 'EXHAUSTED', model: null },
    });
    expect(answer.decision.attempts).toMatchObject([
      failed('first'),
      failed('first'),
      attemptOf('second', { status: 'RETRIABLE_ERROR', failureClass: 'CONNECTION', httpStatus: null }),
    ]);
    expect(await recorded(answer)).toEqual(answer.decision);
  });

  it('is refused when no model is eligible, and recorded with the reason for each', async () => {
    const before = first.received + second.received;
    const answer = await route({ models: ['openai/*'] });
    expect(answer).toMatchObject({
      __typename: 'NoEligibleModel',
      code: 'NO_ELIGIBLE_MODEL',
      retryAfterMs: null,
      decision: { status: 'REFUSED', attempts: [], plan: { ranked: [] } },
    });
    const reasons = new Map(answer.decision.plan.rejected.map((one) => [one.providerSlug, one.reason]));
    expect(reasons.get('openai')).toBe('DISABLED');
    expect(reasons.get('first')).toBe('NOT_ALLOWED');
    expect(first.received + second.received).toBe(before);
    expect(await recorded(answer)).toEqual(answer.decision);
  });
});

describe('the record of a call', () => {
  it('shows, plan and all, what the answer showed', async () => {
    first.next({ status: 500 }, { status: 500 });
    const answer = await route();
    expect(answer.decision.plan.ranked).toHaveLength(2);
    expect(await recorded(answer)).toEqual(answer.decision);
  });

  it('gives the very plan that was carried out, byte for byte, from what was stored', async () => {
    const { route: service, database } = server.app.services;
    const { decision } = await route();
    const tenantId = (await loadDecision(database.prisma, decisionUuid(decision)))!.tenantId;
    const outcome = await service.route({
      viewer: { tenantId, keyId: 'test', roles: ['AGENT'] },
      input: { messages: [{ role: 'user', content: 'Say hello.' }] },
      signal: new AbortController().signal,
    });
    const stored = await loadDecision(database.prisma, outcome.view.decision.id);
    expect(JSON.stringify(viewDecision(stored!).plan())).toBe(JSON.stringify(outcome.view.plan()));
  });

  it('carries the caller’s workflow into the decision and the chain, and no word of the prompt', async () => {
    const answer = await route({ workflowId: 'nightly 7' });
    expect(await recorded(answer)).toMatchObject({ workflowId: 'nightly 7' });
    const page = await server.field<{ nodes: { type: string; canonical: string; payload: object }[] }>(
      'auditLog',
      `{ auditLog(first: 2) { nodes { type payload canonical } } }`,
    );
    const decisionId = decisionUuid(answer.decision);
    expect(page.nodes).toMatchObject([
      { type: 'routing.completed', payload: { decisionId, status: 'SUCCEEDED', modelKey: 'first/model' } },
      { type: 'routing.decided', payload: { decisionId, workflowId: 'nightly 7' } },
    ]);
    expect(page.nodes.map(({ canonical }) => canonical).join()).not.toMatch(/say hello|hello\./i);
  });
});
