import { describe, expect, it } from 'vitest';
import { JsonReader } from '../../../src/edges/common/json-reader.ts';
import { responsesParameters } from '../../../src/edges/responses/parameters.ts';
import { parseResponsesCall } from '../../../src/edges/responses/parse-responses-request.ts';
import { parseRouteRequest } from '../../../src/routing/request/parse-request.ts';
import type { JsonObject, JsonValue } from '../../../src/system/json.ts';
import { edgeCatalog } from '../edge-catalog.ts';

const read = (changes: JsonObject) =>
  parseResponsesCall(new JsonReader({ model: 'auto', input: 'Hi', ...changes }), {}, edgeCatalog);

const messagesOf = (input: JsonValue) => read({ input }).input.messages;

const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{}' };
const result = { type: 'function_call_output', call_id: 'call_1', output: 'waves' };

describe('a request of the Responses API', () => {
  it('is a routed call', () => {
    const { input, isStream, showsThoughts, handsOutState } = read({
      ...{ instructions: 'Be brief.', stream: true, store: false, truncation: 'disabled' },
      ...{ max_output_tokens: 50, temperature: 0.5, top_p: 0.9, parallel_tool_calls: false },
      reasoning: { effort: 'xhigh', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      tools: [{ type: 'function', name: 'look', parameters: { type: 'object' }, strict: true }],
      tool_choice: { type: 'function', name: 'look' },
      text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' } }, verbosity: 'low' },
      ...{ metadata: { team: 'red' }, user: 'u1', prompt_cache_key: 's1' },
    });
    expect({ isStream, showsThoughts, handsOutState }).toEqual({
      ...{ isStream: true, showsThoughts: true, handsOutState: true },
    });
    expect(input).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      ...{
        maxOutputTokens: 50,
        temperature: 0.5,
        topP: 0.9,
        parallelToolCalls: false,
        reasoningEffort: 'max',
      },
      tools: [{ name: 'look', parameters: { type: 'object' }, strict: true }],
      toolChoice: { mode: 'tool', toolName: 'look' },
      responseFormat: { type: 'json_schema', jsonSchema: { type: 'object' } },
      ...{ labels: [{ name: 'team', value: 'red' }], endUserId: 'u1', sessionId: 's1' },
      providerOptions: { openai: { textVerbosity: 'low', reasoningSummary: 'auto', promptCacheKey: 's1' } },
    });
    expect(parseRouteRequest(input).ok).toBe(true);
  });

  it('gathers what an assistant says, thinks and calls into one turn', () => {
    const messages = messagesOf([
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'input_text', text: 'Look.' }] },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: 'sealed',
      },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Well.', annotations: [] }],
      },
      call,
      { ...call, id: 'fc_2', call_id: 'call_2' },
      result,
      { ...result, call_id: 'call_2', output: [{ type: 'input_text', text: 'boats' }] },
      { role: 'user', content: 'And?' },
    ]);
    expect(messages).toMatchObject([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', parts: [{ text: 'Look.' }] },
      { role: 'assistant', content: 'Well.', toolCalls: [{ id: 'call_1' }, { id: 'call_2' }] },
      { role: 'tool', toolCallId: 'call_1', content: 'waves' },
      { role: 'tool', toolCallId: 'call_2', content: 'boats' },
      { role: 'user', content: 'And?' },
    ]);
    expect(JSON.parse(messages[2]?.toolCalls?.[0]?.providerState ?? '')).toEqual({
      provider: 'openai',
      thoughts: [
        { text: 'Hm.', options: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'sealed' } } },
      ],
    });
  });

  it.each<[string, JsonObject]>([
    ['input', { input: 5 }],
    ['input', { input: null }],
    ['input.0.role', { input: [{ role: 'wizard', content: 'Hi' }] }],
    ['input.0.type', { input: [{ type: 'item_reference', id: 'rs_1' }] }],
    ['input.0.type', { input: [{ type: 'web_search_call' }] }],
    [
      'input.0.content.0.file_id',
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
    ],
    ['tools.0.type', { tools: [{ type: 'web_search' }] }],
    ['tool_choice', { tools: [{ type: 'function', name: 'look' }], tool_choice: 'every' }],
    ['include', { include: ['message.output_text.logprobs'] }],
    ['store', { store: true }],
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['background', { background: true }],
    ['truncation', { truncation: 'auto' }],
    ['text.format.schema', { text: { format: { type: 'json_schema' } } }],
    ['reasoning.effort', { reasoning: { effort: 'huge' } }],
    ['frobnicate', { frobnicate: true }],
  ])('is refused with the name of what is wrong: %s', (param, changes) => {
    expect(() => read(changes)).toThrow(param);
  });
});

describe('the table of its parameters', () => {
  it.each(Object.entries(responsesParameters).filter(([, { fate }]) => fate === 'refused'))(
    'is kept: %s is refused',
    (name) => {
      expect(() => read({ [name]: 'anything' })).toThrow(name);
    },
  );
});

describe('tools in a namespace', () => {
  const look = { type: 'function', name: 'look', parameters: { type: 'object' } };
  const tools = [look, { type: 'namespace', name: 'boat', description: 'Of boats.', tools: [look] }];

  it('are tools whose names and descriptions say so', () => {
    const called = { ...call, namespace: 'boat' };
    const { input, spaced } = read({
      tools,
      tool_choice: { type: 'function', namespace: 'boat', name: 'look' },
      input: [{ role: 'user', content: 'Hi' }, called, result],
    });
    expect(input).toMatchObject({
      tools: [{ name: 'look' }, { name: 'boat__look', description: 'Of boats.' }],
      toolChoice: { mode: 'tool', toolName: 'boat__look' },
      messages: [{}, { toolCalls: [{ name: 'boat__look' }] }, { role: 'tool' }],
    });
    expect(spaced.get('boat__look')).toEqual({ namespace: 'boat', name: 'look' });
    expect(parseRouteRequest(input).ok).toBe(true);
  });

  it('that are none of the caller’s own are refused by their place', () => {
    const inner = [{ type: 'web_search' }];
    expect(() => read({ tools: [{ type: 'namespace', name: 'boat', tools: inner }] })).toThrow(
      'tools.0.tools.0.type',
    );
  });
});
