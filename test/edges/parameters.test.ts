import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parseChat } from '../../src/edges/chat/parse-chat.ts';
import { JsonReader } from '../../src/edges/common/json-reader.ts';
import type { Fate } from '../../src/edges/common/parameters.ts';
import { parseEmbeddings } from '../../src/edges/embeddings/parse-embeddings.ts';
import { parseMessagesCall } from '../../src/edges/messages/parse-messages-request.ts';
import { parseResponsesCall } from '../../src/edges/responses/parse-responses-request.ts';
import { apiParameters, parametersGuide } from '../../src/edges/parameters-guide.ts';
import type { JsonObject } from '../../src/system/json.ts';
import { edgeCatalog } from './edge-catalog.ts';
import { sayHello } from './http-client.ts';

test('docs/parameters.md says what becomes of each parameter (npm run schema:print rewrites it)', () => {
  const guide = readFileSync(new URL('../../docs/parameters.md', import.meta.url), 'utf8');
  expect(guide).toBe(parametersGuide());
});

/** What each parser makes of what an API is asked with at least, and of more. */
const parsers: Readonly<Record<string, (body: JsonObject) => string>> = {
  'POST /v1/chat/completions': (body) =>
    JSON.stringify(parseChat(new JsonReader(sayHello(body)), {}, edgeCatalog)),
  'POST /v1/responses': (body) =>
    JSON.stringify(
      parseResponsesCall(new JsonReader({ model: 'auto', input: 'Hi', ...body }), {}, edgeCatalog),
    ),
  'POST /v1/messages': (body) =>
    JSON.stringify(
      parseMessagesCall(new JsonReader(sayHello({ max_tokens: 100, ...body })), {}, edgeCatalog),
    ),
  'POST /v1/embeddings': (body) =>
    JSON.stringify(parseEmbeddings(new JsonReader({ model: 'auto', input: 'Hi', ...body }), {}, edgeCatalog)),
};

const schema = { type: 'object' };
const named = { name: 'look', parameters: schema };
const chatTools = [{ type: 'function', function: named }];
const tools = [{ type: 'function', ...named }];
const ownTools = [{ name: 'look', input_schema: schema }];
const format = { type: 'json_schema', schema };

/** A value that says something for every parameter, with what it needs beside it; absent: a text. */
const samples: Readonly<Record<string, Readonly<Record<string, JsonObject>>>> = {
  'POST /v1/chat/completions': {
    ...{ model: { model: 'openai/gpt' }, messages: { messages: [{ role: 'user', content: 'Bye' }] } },
    ...{ max_completion_tokens: { max_completion_tokens: 5 }, max_tokens: { max_tokens: 5 } },
    ...{ temperature: { temperature: 1 }, top_p: { top_p: 0.5 }, seed: { seed: 5 } },
    ...{ presence_penalty: { presence_penalty: 1 }, frequency_penalty: { frequency_penalty: 1 } },
    ...{ reasoning_effort: { reasoning_effort: 'low' }, stop: { stop: 'END' }, stream: { stream: true } },
    stream_options: { stream: true, stream_options: { include_usage: true } },
    ...{ tools: { tools: chatTools }, tool_choice: { tools: chatTools, tool_choice: 'required' } },
    parallel_tool_calls: { tools: chatTools, parallel_tool_calls: false },
    response_format: { response_format: { type: 'json_object' } },
    ...{ metadata: { metadata: { team: 'red' } }, switchyard: { switchyard: { taskType: 'code' } } },
    ...{
      logit_bias: { logit_bias: { 5: 1 } },
      prediction: { prediction: { type: 'content', content: 'x' } },
    },
    ...{ n: { n: 3 }, logprobs: { logprobs: true }, store: { store: true }, functions: { functions: [] } },
  },
  'POST /v1/responses': {
    ...{ model: { model: 'openai/gpt' }, input: { input: 'Bye' }, stream: { stream: true } },
    ...{
      max_output_tokens: { max_output_tokens: 5 },
      temperature: { temperature: 1 },
      top_p: { top_p: 0.5 },
    },
    ...{ tools: { tools }, tool_choice: { tools, tool_choice: 'required' } },
    parallel_tool_calls: { tools, parallel_tool_calls: false },
    ...{ text: { text: { format } }, reasoning: { reasoning: { effort: 'low' } } },
    include: { include: ['reasoning.encrypted_content'] },
    ...{ metadata: { metadata: { team: 'red' } }, switchyard: { switchyard: { taskType: 'code' } } },
    ...{ stream_options: { stream_options: {} }, max_tool_calls: { max_tool_calls: 3 } },
    prompt_cache_options: { prompt_cache_options: { mode: 'explicit' } },
    client_metadata: { client_metadata: { any: 'thing' } },
    ...{ store: { store: true }, background: { background: true } },
  },
  'POST /v1/messages': {
    ...{ model: { model: 'openai/gpt' }, messages: { messages: [{ role: 'user', content: 'Bye' }] } },
    ...{ max_tokens: { max_tokens: 5 }, stream: { stream: true }, metadata: { metadata: { user_id: 'u1' } } },
    ...{ temperature: { temperature: 1 }, top_p: { top_p: 0.5 }, top_k: { top_k: 5 } },
    ...{ stop_sequences: { stop_sequences: ['END'] }, tools: { tools: ownTools } },
    tool_choice: { tools: ownTools, tool_choice: { type: 'any' } },
    thinking: { thinking: { type: 'adaptive' } },
    ...{ output_config: { output_config: { format } }, output_format: { output_format: format } },
    cache_control: { cache_control: { type: 'ephemeral' } },
    ...{ context_management: { context_management: { edits: [] } }, service_tier: { service_tier: 'auto' } },
    ...{ diagnostics: { diagnostics: {} }, switchyard: { switchyard: { taskType: 'code' } } },
  },
  'POST /v1/embeddings': {
    ...{ model: { model: 'openai/gpt' }, input: { input: [[1, 2]] }, dimensions: { dimensions: 5 } },
    encoding_format: { encoding_format: 'base64' },
    switchyard: { switchyard: { taskType: 'code' } },
  },
};

it('every table of an API is held to its word', () => {
  expect(Object.keys(parsers)).toEqual(Object.keys(apiParameters));
});

describe.each(Object.entries(parsers))('%s', (path, parse) => {
  const table = Object.entries(apiParameters[path]!);
  const sampleOf = (name: string): JsonObject => samples[path]?.[name] ?? { [name]: 'something' };
  const of = (...fates: Fate[]) => table.filter(([, { fate }]) => fates.includes(fate));
  const without = (sample: JsonObject, name: string): JsonObject =>
    Object.fromEntries(Object.entries(sample).filter(([each]) => each !== name));

  it.each(of('refused'))(
    'refuses %s by its name, and takes what is as good as absent',
    (name, { neutral = [] }) => {
      expect(() => parse(sampleOf(name))).toThrow(`${name}: is not supported`);
      for (const value of [null, ...neutral]) expect(() => parse({ [name]: value })).not.toThrow();
    },
  );

  it.each(of('translated', 'passed'))('says %s to models, or does by it', (name) => {
    const sample = sampleOf(name);
    expect(parse(sample)).not.toBe(parse(without(sample, name)));
  });

  it.each(of('passed'))('tells %s to providers of the same dialect alone', (name) => {
    const { providerOptions } = (JSON.parse(parse(sampleOf(name))) as { input: JsonObject }).input;
    // OpenAI's own models are called through Responses, which have no place for these.
    const ofChatAlone = path === 'POST /v1/chat/completions' && /^(logit_bias|prediction)$/.test(name);
    expect(Object.keys(providerOptions as JsonObject)).toEqual([
      path === 'POST /v1/messages' ? 'anthropic' : ofChatAlone ? 'other' : 'openai',
    ]);
  });

  // An answer of Responses repeats some of what it was asked with.
  it.each(of('harmless'))('takes %s, which nobody is asked by', (name) => {
    const inputOf = (body: JsonObject) => (JSON.parse(parse(body)) as { input: JsonObject }).input;
    expect(inputOf(sampleOf(name))).toEqual(inputOf({}));
  });

  if (path === 'POST /v1/messages') {
    it('passes on what it does not know', () => {
      expect(parse({ unheard_of: 1 })).toContain('"providerOptions":{"anthropic":{"unheard_of":1}}');
    });
  } else {
    it('refuses what it does not know', () => {
      expect(() => parse({ unheard_of: 1 })).toThrow('unheard_of: is no parameter');
    });
  }
});
