import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Adapter, ProviderRequest } from '../../../src/providers/provider.ts';
import { continued, openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import { answerOf, failureOf, nobodyLeaves, question } from '../../support/providers/provider-calls.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

async function ask(adapter: Adapter, body: unknown, changes: Partial<ProviderRequest> = {}, status = 200) {
  stage.server.next({ body, status });
  return (await stage.provider(adapter)).call(question(changes), nobodyLeaves());
}

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
    expect(stage.server.requests[0]).toMatchObject({
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
    expect(stage.lastBody()['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [thinking, call] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'snow' }] },
    ]);
  });

  it('thinks within the output budget, on models that count and on models that judge', async () => {
    const answer = messageOf([{ type: 'text', text: 'Fine.' }], 'end_turn');
    const settings = { outputBudgetTokens: 10_000, reasoningEffort: 'medium' as const };
    await ask('anthropic', answer, { ...settings, modelSlug: 'claude-sonnet-4-5' });
    expect(stage.lastBody()).toMatchObject({
      max_tokens: 10_000,
      thinking: { type: 'enabled', budget_tokens: 5_000 },
    });
    await ask('anthropic', answer, { ...settings, modelSlug: 'claude-opus-4-6' });
    expect(stage.lastBody()).toMatchObject({
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
    expect(stage.server.requests[0]).toMatchObject({
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
    await ask('google', contentOf([{ text: 'Snow.' }]), {
      tools: [weather],
      messages: continued(result),
    });
    expect(stage.lastBody()['contents']).toMatchObject([
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
    expect(stage.lastBody()['generationConfig']).toMatchObject({
      maxOutputTokens: 10_000,
      thinkingConfig: { thinkingBudget: 2_000 },
    });
  });

  it.each([
    ['a blocked prompt', { promptFeedback: { blockReason: 'SAFETY' } }, 'CONTENT_FILTER'],
    ['a withheld answer', contentOf([], 'SAFETY'), 'CONTENT_FILTER'],
    ['a budget spent on thoughts', contentOf([], 'MAX_TOKENS'), 'EMPTY_OUTPUT'],
    ['a broken tool call', contentOf([], 'MALFORMED_FUNCTION_CALL'), 'INVALID_OUTPUT'],
    [
      'a broken tool call after words',
      contentOf([{ text: 'Hm.' }], 'MALFORMED_FUNCTION_CALL'),
      'INVALID_OUTPUT',
    ],
    ['a tool call that nobody offered', contentOf([], 'UNEXPECTED_TOOL_CALL'), 'INVALID_OUTPUT'],
    ['a recitation', contentOf([], 'RECITATION'), 'CONTENT_FILTER'],
    ['a blocked word', contentOf([], 'BLOCKLIST'), 'CONTENT_FILTER'],
    ['a language that it does not take', contentOf([], 'LANGUAGE'), 'CONTENT_FILTER'],
    ['a prompt blocked for other reasons', { promptFeedback: { blockReason: 'OTHER' } }, 'CONTENT_FILTER'],
    ['an end for no reason', contentOf([], 'FINISH_REASON_UNSPECIFIED'), 'MALFORMED'],
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
    const other = await stage.factory.provider({
      slug: 'other',
      adapter: 'deepseek',
      baseUrl: stage.server.baseUrl,
      credential: 'k',
    });
    await other.call(question({ tools: [weather], messages: continued(result) }), nobodyLeaves());
    expect(JSON.stringify(stage.lastBody())).not.toMatch(/signed|Hm\./);
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
    expect(stage.lastBody()['messages']).toMatchObject([
      { role: 'user' },
      { reasoning_content: 'Hm.' },
      { role: 'tool' },
    ]);

    const plain = await ask('openai-compatible', body, { tools: [weather] });
    await ask('openai-compatible', undefined, { tools: [weather], messages: continued(plain) });
    expect(JSON.stringify(stage.lastBody())).not.toContain('Hm.');
  });
});
