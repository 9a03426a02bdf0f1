import type { JsonObject } from '../../../src/system/json.ts';

/** A model that can do all that is asked for. */
export const ABLE_MODEL = 'able/model';
export const EMBED_MODEL = 'simulated/embed';
const model = ABLE_MODEL;
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const pdf = btoa('%PDF-1.4\n%%EOF');

/** One request to each of the clients' APIs, with a part of every kind that it knows. */
export const soundBodies = {
  '/v1/chat/completions': {
    model,
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${png}`, detail: 'low' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` } },
          { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"city":"Rome"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'Sunny.' },
    ],
    tools: [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters: schema } }],
    tool_choice: 'auto',
    response_format: { type: 'json_schema', json_schema: { name: 'city', schema, strict: true } },
    metadata: { team: 'a' },
    max_completion_tokens: 20,
    stop: ['END'],
  },
  '/v1/responses': {
    model,
    instructions: 'Be brief.',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'What is this?' },
          { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'auto' },
          { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` },
        ],
      },
      {
        type: 'reasoning',
        id: 'r1',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: 'x',
      },
      { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"city":"Rome"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'Sunny.' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Sunny.' }] },
    ],
    tools: [
      { type: 'function', name: 'look', parameters: schema, strict: false },
      {
        type: 'namespace',
        name: 'maps',
        description: 'Maps.',
        tools: [{ type: 'function', name: 'find', parameters: schema }],
      },
    ],
    text: { format: { type: 'json_schema', name: 'city', schema }, verbosity: 'low' },
    reasoning: { effort: 'low', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
    store: false,
    max_output_tokens: 20,
  },
  '/v1/messages': {
    model,
    max_tokens: 20,
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '5m' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
          {
            type: 'document',
            title: 'A',
            source: { type: 'base64', media_type: 'application/pdf', data: pdf },
          },
          { type: 'search_result', source: 'a', title: 'A', content: [{ type: 'text', text: 'Found.' }] },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
          { type: 'redacted_thinking', data: 'x' },
          { type: 'tool_use', id: 'c1', name: 'look', input: { city: 'Rome' } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'c1',
            content: [{ type: 'text', text: 'Sunny.' }],
            is_error: false,
          },
        ],
      },
    ],
    tools: [
      { name: 'look', description: 'Looks.', input_schema: schema, input_examples: [{ city: 'Rome' }] },
    ],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    thinking: { type: 'enabled', budget_tokens: 1024 },
    output_config: { effort: 'low' },
    metadata: { user_id: 'u' },
    stop_sequences: ['END'],
  },
  '/v1/messages/count_tokens': {
    model,
    messages: [{ role: 'user', content: 'Hello.' }],
    system: 'Be brief.',
  },
  '/v1/embeddings': { model: EMBED_MODEL, input: ['a', 'b'], encoding_format: 'base64', user: 'u' },
} as const satisfies Readonly<Record<string, JsonObject>>;
