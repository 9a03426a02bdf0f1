import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminKey } from '../support/graphql/client.ts';
import { greet } from '../support/graphql/socket-client.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const hello = [{ role: 'USER', content: 'Hello' }];
const names = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
const preview = (count: number, field = 'previewRoute(input: $input)') =>
  `query ($input: RouteInput!) { ${Array.from({ length: count }, (_, index) => `a${index}: ${field} { __typename ... on InvalidInput { issues { path } } }`).join('\n')} }`;

const million = 'a'.repeat(1_000_000);

describe('work is bounded by the input’s size times the fields that read it', () => {
  test.each([
    ['one variable', preview(150)],
    ['one variable, by voters', preview(150, 'voters(input: $input)')],
    [
      'a variable within other inputs',
      `query ($input: RouteInput!, $messages: [MessageInput!]!) { ${Array.from({ length: 100 }, (_, index) => `a${index}: previewRoute(input: { messages: $messages, taskType: "t${index}" }) { __typename }`).join('\n')}
        last: previewRoute(input: $input) { __typename } }`,
    ],
    [
      'fragments',
      `query ($input: RouteInput!) { ${Array.from({ length: 50 }, (_, index) => `...F${index}`).join('\n')} }
        ${Array.from({ length: 50 }, (_, index) => `fragment F${index} on Query { a${index}: previewRoute(input: $input) { __typename } }`).join('\n')}`,
    ],
  ])('%s that too many fields read is refused before any does', async (_, query) => {
    const messages = [{ role: 'USER', content: million }];
    const answer = await server.ask(query, { input: { messages }, messages });
    expect(answer.status).toBe(400);
    expect(answer.errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
  });

  test('a large input that few fields read is read', async () => {
    const answer = await server.ask(preview(3), {
      input: { messages: [{ role: 'USER', content: million }] },
    });
    expect(answer.errors).toBeUndefined();
  });

  test.each([
    ['messages', { messages: Array(60_000).fill({ role: 'USER', content: 'a' }) }],
    ['parts', { messages: [{ role: 'USER', parts: Array(60_000).fill({ text: 'a' }) }] }],
    ['names of a schema', { messages: hello, tools: [{ name: 't', parameters: names(60_000) }] }],
    ['unknown fields', { messages: hello, ...names(60_000) }],
    ['patterns', { messages: hello, models: Array(120_000).fill('a/b') }],
  ])('a body with more values than may be is not even parsed: %s', async (_, input) => {
    const answer = await server.ask(preview(1), { input });
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ message: 'The body must have at most 100000 values.' }],
    });
  });

  const deep = `${'['.repeat(45_000)}${']'.repeat(45_000)}`;
  test.each([
    [
      '/v1/messages',
      `{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":{"a":${deep}}}]}]}`,
    ],
    ['/v1/messages', `{"messages":[],"mcp_servers":${deep}}`],
    ['/v1/messages/count_tokens', `{"messages":[],"container":${deep}}`],
    ['/v1/chat/completions', `{"messages":[],"logit_bias":${deep}}`],
    ['/v1/responses', `{"input":"a","prompt":${deep}}`],
    ['/v1/embeddings', `{"input":${deep}}`],
    ['/graphql', `{"query":"query ($a: JSON) { viewer { id } }","variables":{"a":${deep}}}`],
  ])('nor is one that nests beyond what can be walked, for %s', async (path, body) => {
    const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
    const sent = body.replace('{', '{"model":"simulated/steady","max_tokens":10,');
    const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: sent });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('The body must nest at most 1000 levels deep.');
  });

  test.each([
    ['values', JSON.stringify(names(60_000))],
    ['levels', `{"a":${deep}}`],
  ])('nor is a message over a socket with too many %s', async (what, variables) => {
    const client = await greet(server.url, adminKey);
    client.socket.send(
      `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","variables":${variables}}}`,
    );
    expect(await client.closed).toEqual({ code: 1009, reason: `Message has too many ${what}` });
  });

  const call = { id: 'a', name: 'b', arguments: '{}' };
  const asked = (toolCalls: unknown) => [...hello, { role: 'ASSISTANT', toolCalls }];
  test.each([
    ['tools', { tools: Array.from({ length: 1001 }, (_, index) => ({ name: `t${index}` })) }, ['tools']],
    [
      'a schema of too many names',
      { tools: [{ name: 't', parameters: names(10_001) }] },
      ['tools', '0', 'parameters'],
    ],
    [
      'an answer’s schema of too many names',
      { responseFormat: { type: 'JSON_SCHEMA', jsonSchema: names(10_001) } },
      ['responseFormat', 'jsonSchema'],
    ],
    ['a tool’s description', { tools: [{ name: 't', description: million }] }, ['tools', '0', 'description']],
    ['the name of a tool', { tools: [{ name: million }] }, ['tools', '0', 'name']],
    [
      'parts',
      { messages: [{ role: 'USER', parts: Array(1001).fill({ text: 'a' }) }] },
      ['messages', '0', 'parts'],
    ],
    ['tool calls', { messages: asked(Array(1001).fill(call)) }, ['messages', '1', 'toolCalls']],
    [
      'the id of a call',
      { messages: asked([{ ...call, id: million }]) },
      ['messages', '1', 'toolCalls', '0', 'id'],
    ],
    [
      'the name of a call',
      { messages: asked([{ ...call, name: million }]) },
      ['messages', '1', 'toolCalls', '0', 'name'],
    ],
    [
      'arguments that nest',
      { messages: asked([{ ...call, arguments: '['.repeat(1_000_000) }]) },
      ['messages', '1', 'toolCalls', '0', 'arguments'],
    ],
    [
      'arguments of many values',
      { messages: asked([{ ...call, arguments: `[${'1,'.repeat(500_000)}1]` }]) },
      ['messages', '1', 'toolCalls', '0', 'arguments'],
    ],
    [
      'the address of an image',
      { messages: [{ role: 'USER', parts: [{ image: { url: `https://a.example/${million}` } }] }] },
      ['messages', '0', 'parts', '0', 'image', 'url'],
    ],
    [
      'the type of an image',
      { messages: [{ role: 'USER', parts: [{ image: { base64: 'aa', mediaType: `image/${million}` } }] }] },
      ['messages', '0', 'parts', '0', 'image', 'mediaType'],
    ],
    ['models', { models: Array(201).fill('simulated/steady') }, ['models']],
    ['the name of a model', { models: [`simulated/${million}`] }, ['models', '0']],
    ['the workflow', { workflowId: million }, ['workflowId']],
    ['the key of a repeat', { idempotencyKey: million }, ['idempotencyKey']],
    ['the type of the task', { taskType: million }, ['taskType']],
    [
      'denied models',
      { policy: { deniedModels: Array(201).fill('simulated/*') } },
      ['policy', 'deniedModels'],
    ],
  ])('what is too large is refused by its place: %s', async (_, changes, path) => {
    const answer = await server.ask(preview(1), { input: { messages: hello, ...changes } });
    expect(answer.data).toMatchObject({ a0: { __typename: 'InvalidInput' } });
    expect((answer.data as { a0: { issues: unknown[] } }).a0.issues).toContainEqual({ path });
  });

  test('a policy has at most a thousand patterns in a list', async () => {
    const answer = await server.ask(
      `mutation ($input: UpdateTenantPolicyInput!) { updateTenantPolicy(input: $input) { ... on InvalidInput { issues { path } } } }`,
      { input: { version: 1, allowedModels: Array(1001).fill('simulated/steady') } },
    );
    expect(answer.data).toEqual({ updateTenantPolicy: { issues: [{ path: ['allowedModels'] }] } });
  });

  test('a document is at most two million characters long', async () => {
    const answer = await server.ask(`{ node(id: "${'a'.repeat(2_000_000)}") { __typename } }`);
    expect(answer.errors).toMatchObject([{ message: 'The document has more than 2000000 characters.' }]);
  });
});
