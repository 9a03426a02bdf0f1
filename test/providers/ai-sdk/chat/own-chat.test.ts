import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../../../src/providers/message.ts';
import type { Adapter, ProviderRequest } from '../../../../src/providers/provider.ts';
import {
  answerOf,
  failureOf,
  nobodyLeaves,
  question,
  readAll,
} from '../../../support/providers/provider-calls.ts';
import { continued, openProviderStage, weather, type ProviderStage } from '../../provider-stage.ts';
import { closedWeather, untoldTraits } from '../asked.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const completion = (message: object, more: object = {}) => ({
  ...{ id: 'c1', object: 'chat.completion', created: 1_700_000_000, model: 'm', usage },
  choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: 'stop' }],
  ...more,
});
const chunkOf = (delta: object, finishReason: string | null = null, more: object = {}) => ({
  ...{ id: 'c1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'm', ...more },
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});
const call = (id: string, args: string) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: args },
});

async function ask(adapter: Adapter, changes: Partial<ProviderRequest>, body?: unknown) {
  if (body !== undefined) stage.server.next({ body });
  return (await stage.provider(adapter)).call(question(changes), nobodyLeaves());
}

async function stream(adapter: Adapter, chunks: readonly object[]) {
  const text = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((data) => `data: ${data}\n\n`);
  stage.server.next({ body: text.join(''), headers: { 'content-type': 'text/event-stream' } });
  return readAll((await stage.provider(adapter)).stream(question({ tools: [weather] }), nobodyLeaves()));
}

const schema = { type: 'object', properties: { a: { type: 'string' } } };
const pdf: Message = {
  role: 'user',
  parts: [{ type: 'file', base64: 'JVBERi0=', mediaType: 'application/pdf', filename: 'a.pdf' }],
};

describe('mistral', () => {
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] };

  it('shows its thinking apart from its text, whole and streamed, and gets it back with a tool’s result', async () => {
    const content = [thinking, { type: 'text', text: 'Let me see.' }];
    const result = await ask(
      'mistral',
      { tools: [weather] },
      completion({ content, tool_calls: [call('abcdefghi', '{"city":"Oslo"}')] }),
    );
    expect(answerOf(result)).toMatchObject({ text: 'Let me see.', reasoningText: 'Hm.' });
    await ask('mistral', { tools: [weather], messages: continued(result) });
    expect(stage.lastBody()['messages']).toMatchObject([
      { role: 'user' },
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
          { type: 'text', text: 'Let me see.' },
        ],
        tool_calls: [{ id: 'abcdefghi' }],
      },
      { role: 'tool', tool_call_id: 'abcdefghi' },
    ]);
    const streamed = await stream('mistral', [
      chunkOf({ role: 'assistant', content: '' }),
      chunkOf({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'H' }] }] }),
      chunkOf({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'm.' }] }] }),
      chunkOf({ content: [{ type: 'text', text: 'Let me ' }] }),
      chunkOf({ content: 'see.' }),
      chunkOf({ content: '' }, 'stop', { usage: { ...usage, num_cached_tokens: 5 } }),
    ]);
    expect(streamed.text).toBe('Let me see.');
    expect(answerOf(streamed.result)).toMatchObject({
      reasoningText: 'Hm.',
      usage: { inputTokens: 11, outputTokens: 7, cachedInputTokens: 5 },
    });
  });

  it('answers in parts that the SDK does not know, thoughts as plain text among them', async () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'thinking', thinking: [{ type: 'tool_reference', tool: 'web' }] },
      { type: 'document_url', document_url: 'https://example.com' },
      { type: 'text', text: 'Fine.' },
    ];
    const { text, reasoningText } = answerOf(await ask('mistral', {}, completion({ content })));
    expect({ text, reasoningText }).toEqual({ text: 'Fine.', reasoningText: 'Hm.' });
  });

  it('answers without counts, and its usage is estimated', async () => {
    const answer = answerOf(await ask('mistral', {}, completion({ content: 'Fine.' }, { usage: undefined })));
    expect(answer.usage.isEstimated).toBe(true);
  });

  it('is sent the seed by its own name, and documents', async () => {
    await ask('mistral', { sampling: { seed: 5 }, messages: [pdf] });
    expect(stage.lastBody()).toMatchObject({
      random_seed: 5,
      messages: [
        { content: [{ type: 'document_url', document_url: 'data:application/pdf;base64,JVBERi0=' }] },
      ],
    });
    expect(stage.lastBody()).not.toHaveProperty('seed');
  });

  it('is asked for the effort that the catalog tells of a model', async () => {
    const traits = { ...untoldTraits, efforts: ['low', 'medium', 'high'] as const };
    const { notices } = await ask('mistral', { reasoningEffort: 'medium', traits });
    expect(stage.lastBody()).toMatchObject({ reasoning_effort: 'medium' });
    expect(notices).toBeUndefined();
  });

  it('is held to a schema strictly only where strict mode takes it', async () => {
    const jsonSchemaOf = async (jsonSchema: ProviderRequest['responseFormat']) => {
      await ask('mistral', { responseFormat: jsonSchema });
      return stage.lastBody()['response_format'];
    };
    expect(await jsonSchemaOf({ type: 'json_schema', jsonSchema: closedWeather.parameters })).toMatchObject({
      json_schema: { strict: true },
    });
    expect(await jsonSchemaOf({ type: 'json_schema', jsonSchema: schema })).toMatchObject({
      json_schema: { strict: false, schema },
    });
  });
});

describe('groq', () => {
  it('gets its reasoning back with a tool’s result', async () => {
    const message = { reasoning: 'Hm.', tool_calls: [call('c1', '{"city":"Oslo"}')] };
    const result = await ask('groq', { tools: [weather] }, completion(message));
    await ask('groq', { tools: [weather], messages: continued(result) });
    expect(stage.lastBody()['messages']).toMatchObject([{}, { reasoning: 'Hm.' }, { role: 'tool' }]);
    expect(JSON.stringify(stage.lastBody())).not.toContain('reasoning_content');
  });

  it('counts a stream’s tokens in a place of its own', async () => {
    const { result } = await stream('groq', [
      chunkOf({ role: 'assistant', reasoning: 'Hm.' }),
      chunkOf({ content: 'Fine.' }),
      chunkOf({}, 'stop', { x_groq: { id: 'r', usage: { ...usage, queue_time: 0.1 } } }),
    ]);
    expect(answerOf(result)).toMatchObject({
      ...{ text: 'Fine.', reasoningText: 'Hm.' },
      usage: { inputTokens: 11, outputTokens: 7, reasoningTokens: 0 },
    });
  });

  it('answers by a schema beside tools, which its API takes only one of', async () => {
    const changes = {
      tools: [weather],
      responseFormat: { type: 'json_schema', jsonSchema: schema },
    } as const;
    const args = '{"a":"x"}';
    const json = { id: 'c1', type: 'function', function: { name: 'json', arguments: args } };
    const answer = answerOf(await ask('groq', changes, completion({ tool_calls: [json] })));
    expect(answer).toMatchObject({ text: args, toolCalls: [], finishReason: 'stop' });
    expect(stage.lastBody()).not.toHaveProperty('response_format');
  });
});

describe('deepseek', () => {
  it('is told to think, and not to, and how hard', async () => {
    await ask('deepseek', { reasoningEffort: 'none' });
    expect(stage.lastBody()).toMatchObject({ thinking: { type: 'disabled' } });
    await ask('deepseek', { reasoningEffort: 'max' });
    expect(stage.lastBody()).toMatchObject({ thinking: { type: 'enabled' }, reasoning_effort: 'max' });
  });

  it('gets a field for its thoughts with every former answer when its model insists on it', async () => {
    const messages: Message[] = [
      ...question().messages,
      { role: 'assistant', text: 'Fine.', toolCalls: [] },
      ...question().messages,
    ];
    await ask('deepseek', { modelSlug: 'deepseek-v4-pro', messages });
    expect(stage.lastBody()['messages']).toMatchObject([{}, { content: 'Fine.', reasoning_content: '' }, {}]);
  });

  it('is told a schema in words, which a notice says', async () => {
    const { notices } = await ask('deepseek', {
      responseFormat: { type: 'json_schema', jsonSchema: schema },
    });
    expect(stage.lastBody()['response_format']).toEqual({ type: 'json_object' });
    expect(JSON.stringify(stage.lastBody()['messages'])).toContain('conforms to the following schema');
    expect(notices?.join()).toContain('injected into the system message');
  });

  it('gets the arguments of former calls as they were', async () => {
    const result = await ask(
      'deepseek',
      { tools: [weather] },
      completion({ tool_calls: [call('c', '{"a":1}')] }),
    );
    await ask('deepseek', { tools: [weather], messages: continued(result) });
    expect(stage.lastBody()['messages']).toMatchObject([
      {},
      { tool_calls: [{ function: { arguments: '{"a":1}' } }] },
      {},
    ]);
  });

  it('is sent no file that it would not see', async () => {
    expect(failureOf(await ask('deepseek', { messages: [pdf] })).failureClass).toBe('INVALID_REQUEST');
    expect(stage.server.received).toBe(0);
  });

  it('is asked for no strict tools and told of no odd users, which notices say', async () => {
    const tools = [{ ...closedWeather, strict: true }];
    const { notices } = await ask('deepseek', { tools, endUserId: 'a@b' });
    expect(notices?.join()).toMatch(/end user’s id was left out.*without strict mode/s);
    await ask('deepseek', { endUserId: 'a_b' });
    expect(stage.lastBody()).toMatchObject({ user_id: 'a_b' });
  });

  it('says which penalties it was not sent', async () => {
    const { notices } = await ask('deepseek', { sampling: { presencePenalty: 0.5 } });
    expect(notices?.join()).toContain('presencePenalty');
  });
});
