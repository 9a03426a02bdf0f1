import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message, Tool } from '../../src/providers/message.ts';
import type { Adapter, ProviderFactory, ProviderRequest } from '../../src/providers/provider.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/scripted-provider.ts';
import { answerOf, createTestFactory, failureOf, nobodyLeaves, question } from './support.ts';

let server: ScriptedProvider;
let factory: ProviderFactory;
let errors: ReturnType<typeof createTestFactory>['errors'];

beforeEach(async () => {
  server = await startScriptedProvider();
  ({ factory, errors } = createTestFactory());
});

afterEach(async () => {
  await factory[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  expect(errors).toEqual([]);
});

async function ask(adapter: Adapter, body: unknown, changes: Partial<ProviderRequest> = {}, status = 200) {
  server.next({ body, status });
  const provider = await factory.provider({
    slug: 'them',
    adapter,
    baseUrl: server.baseUrl,
    credential: 'k',
  });
  return provider.call(question(changes), nobodyLeaves());
}

function lastBody(): Readonly<Record<string, unknown>> {
  return server.requests.at(-1)?.body ?? {};
}

const weather: Tool = {
  name: 'weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

/** The conversation after the tool call of `result` was carried out. */
function continued(result: Awaited<ReturnType<typeof ask>>): Message[] {
  const { text, toolCalls } = answerOf(result);
  const [call] = toolCalls;
  if (call === undefined) throw new Error('expected a tool call');
  return [
    ...question().messages,
    { role: 'assistant', text, toolCalls },
    { role: 'tool', toolCallId: call.id, toolName: call.name, text: 'snow' },
  ];
}

describe('openai, through the Responses API', () => {
  const responseOf = (output: unknown[], more: object = {}) => ({
    id: 'resp_1',
    created_at: 1_700_000_000,
    model: 'gpt-5-mini',
    output,
    usage: { input_tokens: 11, output_tokens: 7, output_tokens_details: { reasoning_tokens: 3 } },
    ...more,
  });
  const message = (text: string) => ({
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  });

  it('answers, with reasoning counted, and is told to keep nothing', async () => {
    const result = await ask('openai', responseOf([message('Fine.')]), {
      modelSlug: 'gpt-5-mini',
      reasoningEffort: 'high',
    });
    expect(answerOf(result)).toEqual({
      text: 'Fine.',
      toolCalls: [],
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 7, reasoningTokens: 3 },
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v1/responses',
      headers: { authorization: 'Bearer k' },
      body: { model: 'gpt-5-mini', max_output_tokens: 100, store: false, reasoning: { effort: 'high' } },
    });
    expect(lastBody()['reasoning']).toEqual({ effort: 'high' });
  });

  it('gets its encrypted thinking back with the result of a tool', async () => {
    const thinking = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' };
    const call = {
      type: 'function_call',
      id: 'fc_1',
      call_id: 'call_1',
      name: 'weather',
      arguments: '{"city":"Oslo"}',
      status: 'completed',
    };
    const settings = { modelSlug: 'gpt-5-mini', tools: [weather] };
    const result = await ask('openai', responseOf([thinking, call]), settings);
    expect(answerOf(result)).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }],
    });
    await ask('openai', responseOf([message('Snow.')]), { ...settings, messages: continued(result) });
    expect(lastBody()['input']).toMatchObject([
      { role: 'user' },
      { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed' },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'snow' },
    ]);
  });

  it('shows a budget that thinking has eaten as an empty output', async () => {
    const body = responseOf([], { incomplete_details: { reason: 'max_output_tokens' } });
    expect(failureOf(await ask('openai', body)).failureClass).toBe('EMPTY_OUTPUT');
  });

  it('is malformed when it tells an error with status 200', async () => {
    const body = responseOf([], { error: { type: 'server_error', code: 'server_error', message: 'oops' } });
    expect(failureOf(await ask('openai', body))).toMatchObject({
      failureClass: 'MALFORMED',
      httpStatus: 200,
    });
  });
});

/** An answer in Anthropic's words. */
const messageOf = (content: unknown[], stopReason: string) => ({
  type: 'message',
  id: 'msg_1',
  model: 'claude',
  role: 'assistant',
  content,
  stop_reason: stopReason,
  usage: { input_tokens: 11, output_tokens: 7 },
});

describe('anthropic', () => {
  it('answers, with the key in its own header', async () => {
    const result = await ask('anthropic', messageOf([{ type: 'text', text: 'Fine.' }], 'end_turn'), {
      messages: [{ role: 'system', text: 'Be brief.' }, ...question().messages],
    });
    expect(answerOf(result)).toMatchObject({
      text: 'Fine.',
      finishReason: 'stop',
      usage: { inputTokens: 11 },
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v1/messages',
      headers: { 'x-api-key': 'k' },
      body: { model: 'small', max_tokens: 100, system: [{ type: 'text', text: 'Be brief.' }] },
    });
  });

  it('gets its signed thinking back with the result of a tool', async () => {
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'signed' };
    const call = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } };
    const result = await ask('anthropic', messageOf([thinking, call], 'tool_use'), { tools: [weather] });
    await ask('anthropic', messageOf([{ type: 'text', text: 'Snow.' }], 'end_turn'), {
      tools: [weather],
      messages: continued(result),
    });
    expect(lastBody()['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [thinking, call] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'snow' }] },
    ]);
  });

  it('thinks within the output budget, on models that count and on models that judge', async () => {
    const answer = messageOf([{ type: 'text', text: 'Fine.' }], 'end_turn');
    const settings = { outputBudgetTokens: 10_000, reasoningEffort: 'medium' as const };
    await ask('anthropic', answer, { ...settings, modelSlug: 'claude-sonnet-4-5' });
    expect(lastBody()).toMatchObject({
      max_tokens: 10_000,
      thinking: { type: 'enabled', budget_tokens: 5_000 },
    });
    await ask('anthropic', answer, { ...settings, modelSlug: 'claude-opus-4-6' });
    expect(lastBody()).toMatchObject({
      max_tokens: 10_000,
      thinking: { type: 'adaptive' },
      output_config: { effort: 'medium' },
    });
  });

  it.each([
    ['max_tokens', 'EMPTY_OUTPUT'],
    ['refusal', 'CONTENT_FILTER'],
  ])('has failed when it ends by %s without a word', async (stopReason, failureClass) => {
    expect(failureOf(await ask('anthropic', messageOf([], stopReason))).failureClass).toBe(failureClass);
  });

  it('is out of service while it is overloaded', async () => {
    const body = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const failure = failureOf(await ask('anthropic', body, {}, 529));
    expect(failure).toMatchObject({ failureClass: 'SERVER_ERROR', httpStatus: 529 });
    expect(failure.message).toContain('overloaded_error');
  });
});

describe('google', () => {
  const contentOf = (parts: unknown[], finishReason = 'STOP') => ({
    candidates: [{ content: { role: 'model', parts }, finishReason }],
    usageMetadata: {
      promptTokenCount: 11,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 3,
      totalTokenCount: 21,
    },
  });

  it('answers, with thoughts counted as output', async () => {
    const result = await ask('google', contentOf([{ text: 'Fine.' }]), { modelSlug: 'gemini-2.5-flash' });
    expect(answerOf(result)).toMatchObject({
      text: 'Fine.',
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 10, reasoningTokens: 3 },
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v1/models/gemini-2.5-flash:generateContent',
      headers: { 'x-goog-api-key': 'k' },
      body: { generationConfig: { maxOutputTokens: 100 } },
    });
  });

  it('gets its thought signature back with the results of its tools, all in one message', async () => {
    const calls = ['Oslo', 'Rome'].map((city) => ({ functionCall: { name: 'weather', args: { city } } }));
    const [first, second] = calls;
    const result = await ask('google', contentOf([{ ...first, thoughtSignature: 'signed' }, second]), {
      tools: [weather],
    });
    const { toolCalls } = answerOf(result);
    const messages: Message[] = [
      ...question().messages,
      { role: 'assistant', text: '', toolCalls },
      ...toolCalls.map(
        ({ id }) => ({ role: 'tool', toolCallId: id, toolName: 'weather', text: 'snow' }) as const,
      ),
    ];
    await ask('google', contentOf([{ text: 'Snow.' }]), { tools: [weather], messages });
    expect(lastBody()['contents']).toMatchObject([
      { role: 'user' },
      { role: 'model', parts: [{ ...first, thoughtSignature: 'signed' }, second] },
      {
        role: 'user',
        parts: [{ functionResponse: { name: 'weather' } }, { functionResponse: { name: 'weather' } }],
      },
    ]);
  });

  it('thinks within the output budget', async () => {
    const settings = {
      outputBudgetTokens: 10_000,
      reasoningEffort: 'low' as const,
      modelSlug: 'gemini-2.5-flash',
    };
    await ask('google', contentOf([{ text: 'Fine.' }]), settings);
    expect(lastBody()['generationConfig']).toMatchObject({
      maxOutputTokens: 10_000,
      thinkingConfig: { thinkingBudget: 2_000 },
    });
  });

  it.each([
    ['a blocked prompt', { promptFeedback: { blockReason: 'SAFETY' } }, 'CONTENT_FILTER'],
    ['a withheld answer', contentOf([], 'SAFETY'), 'CONTENT_FILTER'],
    ['a budget spent on thoughts', contentOf([], 'MAX_TOKENS'), 'EMPTY_OUTPUT'],
    ['a broken tool call', contentOf([], 'MALFORMED_FUNCTION_CALL'), 'MALFORMED'],
    ['nothing at all', {}, 'MALFORMED'],
  ])('has failed with %s', async (_case, body, failureClass) => {
    expect(failureOf(await ask('google', body)).failureClass).toBe(failureClass);
  });
});

describe('state that a provider wants back', () => {
  it('is not shown to another provider', async () => {
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'signed' };
    const call = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } };
    const result = await ask('anthropic', messageOf([thinking, call], 'tool_use'), { tools: [weather] });
    const other = await factory.provider({
      slug: 'other',
      adapter: 'deepseek',
      baseUrl: server.baseUrl,
      credential: 'k',
    });
    await other.call(question({ tools: [weather], messages: continued(result) }), nobodyLeaves());
    expect(JSON.stringify(lastBody())).not.toMatch(/signed|Hm\./);
  });

  it('is thinking in plain words where the provider wants those back', async () => {
    const body = {
      id: 'x',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: null,
            reasoning_content: 'Hm.',
            tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' } }],
          },
        },
      ],
    };
    const result = await ask('deepseek', body, { tools: [weather] });
    await ask('deepseek', undefined, { tools: [weather], messages: continued(result) });
    expect(lastBody()['messages']).toMatchObject([
      { role: 'user' },
      { reasoning_content: 'Hm.' },
      { role: 'tool' },
    ]);

    const plain = await ask('groq', body, { tools: [weather] });
    await ask('groq', undefined, { tools: [weather], messages: continued(plain) });
    expect(JSON.stringify(lastBody())).not.toContain('Hm.');
  });
});
