import { describe, expect, test } from 'vitest';
import { parseRouteRequest } from '../../../src/routing/request/parse-request.ts';
import type { RawMessage, RawRouteInput } from '../../../src/routing/request/raw-route-input.ts';

const hello: RawMessage = { role: 'user', content: 'Hello' };

function parse(input: Partial<RawRouteInput>) {
  return parseRouteRequest({ messages: [hello], ...input });
}

function requestOf(input: Partial<RawRouteInput>) {
  const parsed = parse(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}

/** Where the issues of an input are. */
function faultsOf(input: Partial<RawRouteInput>): string[] {
  const parsed = parse(input);
  return parsed.ok ? [] : parsed.issues.map(({ path }) => path.join('.'));
}

const faultsOfMessages = (...messages: RawMessage[]) => faultsOf({ messages });

test('a bare question is a whole request, null being as good as absent', () => {
  const bare = {
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    taskType: 'default',
    models: null,
    requires: [],
    maxOutputTokens: null,
    temperature: null,
    topP: null,
    topK: null,
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    stopSequences: null,
    parallelToolCalls: null,
    sessionId: null,
    endUserId: null,
    labels: null,
    providerOptions: null,
    reasoningEffort: null,
    tools: [],
    toolChoice: null,
    responseFormat: { type: 'text' },
    timeoutMs: null,
    maxCostMicroUsd: null,
    narrowing: {},
    workflowId: null,
    idempotencyKey: null,
  };
  expect(requestOf({})).toEqual(bare);
  const nothing = {
    taskType: null,
    models: null,
    requires: null,
    tools: null,
    toolChoice: null,
    maxCostUsd: null,
  };
  expect(requestOf({ ...nothing, responseFormat: null, policy: null, workflowId: null })).toEqual(bare);
});

test('every issue is told at once, each with its path', () => {
  const faults = faultsOf({
    messages: [hello, { role: 'system' }],
    taskType: 'Not This',
    models: ['a/b', 'nonsense'],
    maxOutputTokens: 0,
    temperature: 3,
    timeoutMs: 99,
    maxCostUsd: -1,
    tools: [{ name: 'bad name' }],
    policy: { qualityWeight: 0.333 },
    workflowId: 'nul\0',
  });
  expect(faults.sort()).toEqual([
    'maxCostUsd',
    'maxOutputTokens',
    'messages.1.content',
    'models.1',
    'policy.qualityWeight',
    'taskType',
    'temperature',
    'timeoutMs',
    'tools.0.name',
    'workflowId',
  ]);
});

describe('a conversation', () => {
  test('needs a message, and ten thousand at most', () => {
    expect(faultsOfMessages()).toEqual(['messages']);
    expect(faultsOf({ messages: Array.from({ length: 10_001 }, () => hello) })).toEqual(['messages']);
  });

  test('with tool calls and their answers is understood', () => {
    const call = { id: 'call_1', name: 'weather', arguments: '{"city":"Ulm"}', providerState: 'sig' };
    const { messages } = requestOf({
      messages: [
        { role: 'system', content: 'Be brief.' },
        hello,
        { role: 'assistant', toolCalls: [call], providerState: 'thought' },
        { role: 'tool', toolCallId: 'call_1', content: 'rain' },
        { role: 'assistant', content: 'It rains.' },
      ],
    });
    expect(messages.filter(({ role }) => role !== 'user')).toEqual([
      { role: 'system', text: 'Be brief.' },
      { role: 'assistant', text: '', toolCalls: [call], providerState: 'thought' },
      { role: 'tool', toolCallId: 'call_1', toolName: 'weather', text: 'rain' },
      { role: 'assistant', text: 'It rains.', toolCalls: [] },
    ]);
  });

  test('has exactly one of content and parts in each message; neither only beside tool calls', () => {
    const parts = [{ text: 'Hello' }];
    expect(faultsOfMessages({ role: 'user' })).toEqual(['messages.0.content']);
    expect(faultsOfMessages({ role: 'assistant', toolCalls: [] })).toEqual(['messages.0.content']);
    expect(faultsOfMessages({ role: 'user', content: 'Hello', parts })).toEqual(['messages.0.parts']);
    expect(faultsOfMessages({ role: 'user', parts: [] })).toEqual(['messages.0.parts']);
    expect(faultsOfMessages({ role: 'user', content: '' })).toEqual(['messages.0.content']);
  });

  test('has no field in a message that belongs to another role', () => {
    const call = { id: '1', name: 'f', arguments: '{}' };
    expect(faultsOfMessages({ role: 'system', parts: [{ text: 'x' }] })).toEqual(['messages.0.parts']);
    expect(faultsOfMessages({ ...hello, toolCalls: [call] })).toEqual(['messages.0.toolCalls']);
    expect(faultsOfMessages({ ...hello, toolCallId: '1' })).toEqual(['messages.0.toolCallId']);
    expect(faultsOfMessages({ ...hello, providerState: 's' })).toEqual(['messages.0.providerState']);
  });

  test('answers only tool calls that were made before', () => {
    const call = { id: 'call_1', name: 'f', arguments: '{}' };
    const answer: RawMessage = { role: 'tool', toolCallId: 'call_1', content: 'x' };
    expect(faultsOfMessages(answer, { role: 'assistant', toolCalls: [call] })).toEqual([
      'messages.0.toolCallId',
    ]);
    expect(faultsOfMessages({ role: 'tool', content: 'x' })).toEqual(['messages.0.toolCallId']);
  });

  test('has tool calls with an id, a name, and arguments that nest no deeper than can be walked', () => {
    const deep = '['.repeat(65) + ']'.repeat(65);
    const toolCalls = [{ id: '', name: '', arguments: deep }];
    expect(faultsOfMessages({ role: 'assistant', toolCalls })).toEqual([
      'messages.0.toolCalls.0.id',
      'messages.0.toolCalls.0.name',
      'messages.0.toolCalls.0.arguments',
    ]);
  });
});

describe('an image', () => {
  const faultsOfImage = (image: object) => faultsOfMessages({ role: 'user', parts: [{ image }] });
  const at = 'messages.0.parts.0.image';

  test('is a web address or bytes with their media type', () => {
    const images = [{ url: 'https://example.com/a.png' }, { base64: 'aGk=', mediaType: 'image/png' }];
    const { messages } = requestOf({
      messages: [{ role: 'user', parts: images.map((image) => ({ image })) }],
    });
    expect(messages).toEqual([{ role: 'user', parts: images.map((image) => ({ type: 'image', ...image })) }]);
  });

  test.each([
    [{}, [at]],
    [{ url: 'https://a.example/b', base64: 'aGk=', mediaType: 'image/png' }, [at]],
    [{ base64: 'aGk=' }, [`${at}.mediaType`]],
    [{ base64: 'not base64', mediaType: 'image/png' }, [`${at}.base64`]],
    [{ url: 'file:///etc/passwd' }, [`${at}.url`]],
    [{ url: 'data:image/png;base64,aGk=' }, [`${at}.url`]],
    [{ url: 'https://a.example/b', mediaType: 'text/html' }, [`${at}.mediaType`]],
  ])('cannot be %j', (image, faults) => {
    expect(faultsOfImage(image)).toEqual(faults);
  });

  test('and a text are two parts', () => {
    expect(faultsOfMessages({ role: 'user', parts: [{}] })).toEqual(['messages.0.parts.0']);
    const both = { text: 'x', image: { url: 'https://a.example/b' } };
    expect(faultsOfMessages({ role: 'user', parts: [both] })).toEqual(['messages.0.parts.0']);
  });
});

test('what tools, images and a JSON schema imply is required, without duplicates', () => {
  const image = { role: 'user', parts: [{ image: { url: 'https://a.example/b' } }] } as const;
  const { requires } = requestOf({
    messages: [image],
    tools: [{ name: 'f' }],
    responseFormat: { type: 'json_schema', jsonSchema: { type: 'object' } },
    requires: ['REASONING', 'TOOLS', 'TOOLS'],
  });
  expect(requires).toEqual(['TOOLS', 'VISION', 'JSON_SCHEMA', 'REASONING', 'IMAGE_URLS']);
});

describe('tools', () => {
  test('take any JSON object as parameters, and none for a function without', () => {
    const parameters = { type: 'object', properties: { q: { type: 'string' } } };
    expect(
      requestOf({ tools: [{ name: 'a', description: 'does', parameters }, { name: 'b' }] }).tools,
    ).toEqual([
      { name: 'a', description: 'does', parameters },
      { name: 'b', parameters: { type: 'object', properties: {} } },
    ]);
    for (const wrong of [[], 'text', 7]) {
      expect(faultsOf({ tools: [{ name: 'a', parameters: wrong }] })).toEqual(['tools.0.parameters']);
    }
  });

  test('have names of their own', () => {
    expect(faultsOf({ tools: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] })).toEqual(['tools.2.name']);
    expect(faultsOf({ tools: [{ name: 'x'.repeat(65) }] })).toEqual(['tools.0.name']);
  });

  test('are chosen by mode, and by name under TOOL alone', () => {
    const tools = [{ name: 'a' }];
    expect(requestOf({ tools, toolChoice: { mode: 'tool', toolName: 'a' } }).toolChoice).toEqual({
      mode: 'tool',
      toolName: 'a',
    });
    expect(requestOf({ toolChoice: { mode: 'auto' } }).toolChoice).toEqual({ mode: 'auto' });
    expect(faultsOf({ tools, toolChoice: { mode: 'tool' } })).toEqual(['toolChoice.toolName']);
    expect(faultsOf({ tools, toolChoice: { mode: 'tool', toolName: 'b' } })).toEqual(['toolChoice.toolName']);
    expect(faultsOf({ tools, toolChoice: { mode: 'auto', toolName: 'a' } })).toEqual(['toolChoice.toolName']);
    expect(faultsOf({ toolChoice: { mode: 'required' } })).toEqual(['toolChoice.mode']);
  });
});

test('a JSON schema stands beside JSON_SCHEMA, and there only', () => {
  const jsonSchema = { type: 'object' };
  const path = ['responseFormat.jsonSchema'];
  expect(requestOf({ responseFormat: { type: 'json' } }).responseFormat).toEqual({ type: 'json' });
  expect(faultsOf({ responseFormat: { type: 'json', jsonSchema } })).toEqual(path);
  expect(faultsOf({ responseFormat: { type: 'json_schema' } })).toEqual(path);
  expect(faultsOf({ responseFormat: { type: 'json_schema', jsonSchema: [] } })).toEqual(path);
});

test('money and narrowing are whole numbers of their smallest step', () => {
  expect(requestOf({ maxCostUsd: 0.29 }).maxCostMicroUsd).toBe(290_000);
  const policy = {
    policyName: 'cost_first',
    qualityWeight: 0.29,
    maxAttempts: 2,
    deniedModels: ['a/*'],
  } as const;
  expect(requestOf({ policy }).narrowing).toEqual({
    policyName: 'cost_first',
    qualityWeightPct: 29,
    maxAttempts: 2,
    deniedModels: ['a/*'],
  });
});

test('a question must say something; a tool may have nothing to say, and a call needs no words', () => {
  expect(faultsOfMessages({ role: 'user', content: '' })).toEqual(['messages.0.content']);
  expect(faultsOfMessages({ role: 'system', content: ' \n' }, hello)).toEqual(['messages.0.content']);
  expect(faultsOfMessages({ role: 'user', parts: [{ text: '' }, { text: ' ' }] })).toEqual([
    'messages.0.parts',
  ]);
  expect(faultsOfMessages({ role: 'assistant', content: '' }, hello)).toEqual(['messages.0.content']);
  const call = { id: 'c1', name: 'look', arguments: '{}' };
  const silent: RawMessage[] = [
    { role: 'assistant', content: '', toolCalls: [call] },
    { role: 'tool', toolCallId: 'c1', content: '' },
    { role: 'user', parts: [{ text: '' }, { image: { url: 'https://x.example/a.png' } }] },
  ];
  expect(faultsOfMessages(hello, ...silent)).toEqual([]);
});

test('an image as a data: URL is told how it is sent instead', () => {
  const parsed = parse({
    messages: [{ role: 'user', parts: [{ image: { url: 'data:image/png;base64,AAAA' } }] }],
  });
  expect(parsed.ok ? [] : parsed.issues).toEqual([
    {
      path: ['messages', '0', 'parts', '0', 'image', 'url'],
      message:
        'must be an http or https URL; of a data: URL send what follows the comma as `base64`, with its `mediaType`',
    },
  ]);
});

test('a schema in the wrapper of another API is told so', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const sent = (jsonSchema: object) =>
    faultsOf({ responseFormat: { type: 'json_schema', jsonSchema: jsonSchema as never } });
  expect(sent({ name: 'answer', schema, strict: true })).toEqual(['responseFormat.jsonSchema']);
  expect(sent({ type: 'json_schema', json_schema: { name: 'answer', schema } })).toEqual([
    'responseFormat.jsonSchema',
  ]);
  // A schema of something that has a name and a schema is none.
  expect(sent({ type: 'object', properties: { name: {}, schema } })).toEqual([]);
  expect(sent(schema)).toEqual([]);
  const wrapped = { type: 'function', function: { name: 'look', parameters: schema } };
  expect(faultsOf({ tools: [{ name: 'look', parameters: wrapped }] })).toEqual(['tools.0.parameters']);
});
