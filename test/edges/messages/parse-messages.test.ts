import { describe, expect, it } from 'vitest';
import { JsonReader } from '../../../src/edges/common/json-reader.ts';
import { messagesParameters } from '../../../src/edges/messages/parameters.ts';
import { parseCounted, parseMessagesCall } from '../../../src/edges/messages/parse-messages-request.ts';
import { parseRouteRequest } from '../../../src/routing/request/parse-request.ts';
import type { JsonObject } from '../../../src/system/json.ts';
import { edgeCatalog } from '../edge-catalog.ts';

const hello = { model: 'auto', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };

const read = (changes: JsonObject, headers = {}) =>
  parseMessagesCall(new JsonReader({ ...hello, ...changes }), headers, edgeCatalog);

const messagesOf = (messages: JsonObject[]) => read({ messages }).input.messages;

const use = { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'sea' } };

describe('a request of the Messages API', () => {
  it('is a routed call', () => {
    const { input, isStream } = read({
      model: 'anthropic/claude',
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      stop_sequences: ['END'],
      stream: true,
      metadata: { user_id: 'u1' },
      tools: [{ name: 'look', description: 'Looks.', input_schema: { type: 'object' } }],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      output_config: { effort: 'xhigh', format: { type: 'json_schema', schema: { type: 'object' } } },
    });
    expect(isStream).toBe(true);
    expect(input).toMatchObject({
      models: ['anthropic/claude'],
      messages: [
        { role: 'system', content: 'Be brief.', cacheBreakpoint: true },
        { role: 'user', content: 'Hi' },
      ],
      ...{
        maxOutputTokens: 100,
        temperature: 0.5,
        topP: 0.9,
        topK: 5,
        stopSequences: ['END'],
        endUserId: 'u1',
      },
      tools: [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }],
      ...{ toolChoice: { mode: 'required' }, parallelToolCalls: false, reasoningEffort: 'max' },
      responseFormat: { type: 'json_schema', jsonSchema: { type: 'object' } },
    });
    expect(parseRouteRequest(input).ok).toBe(true);
  });

  it('says results of tools as tools and what they show as the user', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } };
    const messages = messagesOf([
      { role: 'user', content: 'Look.' },
      { role: 'assistant', content: [{ type: 'text', text: 'Well.' }, use] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'waves' }, image] },
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'no boat', is_error: true },
          { type: 'text', text: 'And?' },
        ],
      },
    ]);
    expect(messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'Well.', toolCalls: [{ id: 'toolu_1', arguments: '{"at":"sea"}' }] },
      { role: 'tool', toolCallId: 'toolu_1', content: 'waves' },
      { role: 'tool', toolCallId: 'toolu_1', content: 'Error: no boat' },
      { role: 'user', parts: [{ image: { base64: 'aGk=', mediaType: 'image/png' } }, { text: 'And?' }] },
    ]);
  });

  it('carries Anthropic’s own signatures to the provider of that name', () => {
    const [, assistant] = messagesOf([
      { role: 'user', content: 'Look.' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'EqQB' },
          { type: 'redacted_thinking', data: 'Emw' },
          use,
        ],
      },
    ]);
    expect(JSON.parse(assistant?.toolCalls?.[0]?.providerState ?? '')).toEqual({
      provider: 'anthropic',
      thoughts: [
        { text: 'Hm.', options: { anthropic: { signature: 'EqQB' } } },
        { text: '', options: { anthropic: { redactedData: 'Emw' } } },
      ],
    });
  });

  it.each([
    [{ type: 'enabled', budget_tokens: 1024 }, 10_000, 'minimal'],
    [{ type: 'enabled', budget_tokens: 5_000 }, 10_000, 'medium'],
    [{ type: 'enabled', budget_tokens: 9_999 }, 10_000, 'max'],
    [{ type: 'adaptive' }, 10_000, 'high'],
    [{ type: 'disabled' }, 10_000, 'none'],
  ])('makes an effort of %o', (thinking, max_tokens, reasoningEffort) => {
    expect(read({ thinking, max_tokens }).input).toMatchObject({ reasoningEffort });
  });

  it('tells Anthropic’s models alone what only they have, whichever models are candidates', () => {
    const edits = [{ type: 'clear_tool_uses_20250919', clear_at_least: { type: 'input_tokens', value: 5 } }];
    const { input } = read(
      { service_tier: 'auto', context_management: { edits }, frobnicate: { deep_er: [1] } },
      { 'anthropic-beta': 'claude-code-20250219, context-management-2025-06-27,' },
    );
    expect(input.providerOptions).toEqual({
      anthropic: {
        serviceTier: 'auto',
        context_management: { edits },
        frobnicate: { deep_er: [1] },
        anthropicBeta: ['claude-code-20250219', 'context-management-2025-06-27'],
      },
    });
    expect(input.models).toBeUndefined();
    expect(parseRouteRequest(input).ok).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['max_tokens', { max_tokens: null }],
    ['max_tokens', { max_tokens: 'many' }],
    ['messages', { messages: 'Hi' }],
    ['messages.0.role', { messages: [{ role: 'wizard', content: 'Hi' }] }],
    ['messages.0.content', { messages: [{ role: 'user', content: 5 }] }],
    ['messages.0.content.0.type', { messages: [{ role: 'user', content: [{ type: 'container_upload' }] }] }],
    ['system', { system: 5 }],
    ['tools.0.type', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['tools.0.input_schema', { tools: [{ name: 'look' }] }],
    ['tool_choice.type', { tools: [{ name: 'look', input_schema: {} }], tool_choice: { type: 'every' } }],
    ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 100 } }],
    ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 2000 }, max_tokens: 2000 }],
    ['mcp_servers', { mcp_servers: [{}] }],
    ['speed', { speed: 'fast' }],
    ['inference_geo', { inference_geo: 'us' }],
    ['container', { container: 'container_1' }],
    ['service_tier', { service_tier: 'priority' }],
    ['context_management', { context_management: 'all' }],
    ['max_output_tokens', { max_output_tokens: 5 }],
    ['base_url', { base_url: 'https://elsewhere.example' }],
    ['safety_settings', { safety_settings: {} }],
    ['switchyard.frobnicate', { switchyard: { frobnicate: true } }],
  ])('is refused with the name of what is wrong: %s', (param, changes) => {
    expect(() => read(changes)).toThrow(param);
  });

  it('needs no max_tokens to be counted', () => {
    const counted = parseCounted(new JsonReader({ ...hello, max_tokens: null }), {}, edgeCatalog);
    expect(parseRouteRequest(counted.input).ok).toBe(true);
  });
});

describe('the table of its parameters', () => {
  it.each(Object.entries(messagesParameters).filter(([, { fate }]) => fate === 'refused'))(
    'is kept: %s is refused',
    (name) => {
      expect(() => read({ [name]: [{ any: 'thing' }] })).toThrow(name);
    },
  );
});
