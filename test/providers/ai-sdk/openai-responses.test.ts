import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderRequest } from '../../../src/providers/provider.ts';
import { continued, openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import { answerOf, failureOf, nobodyLeaves, question } from '../../support/providers/provider-calls.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

async function ask(body: unknown, changes: Partial<ProviderRequest> = {}) {
  stage.server.next({ body });
  return (await stage.provider('openai')).call(question(changes), nobodyLeaves());
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
    const result = await ask(responseOf([message('Fine.')]), {
      modelSlug: 'gpt-5-mini',
      reasoningEffort: 'high',
    });
    expect(answerOf(result)).toEqual({
      text: 'Fine.',
      toolCalls: [],
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 7, reasoningTokens: 3 },
    });
    expect(stage.server.requests[0]).toMatchObject({
      path: '/v1/responses',
      headers: { authorization: 'Bearer k' },
      body: { model: 'gpt-5-mini', max_output_tokens: 100, store: false, reasoning: { effort: 'high' } },
    });
    expect(stage.lastBody()['reasoning']).toEqual({ effort: 'high' });
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
    const result = await ask(responseOf([thinking, call]), settings);
    expect(answerOf(result)).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }],
    });
    await ask(responseOf([message('Snow.')]), { ...settings, messages: continued(result) });
    expect(stage.lastBody()['input']).toMatchObject([
      { role: 'user' },
      { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed' },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'snow' },
    ]);
  });

  it('shows a budget that thinking has eaten as an empty output', async () => {
    const body = responseOf([], { incomplete_details: { reason: 'max_output_tokens' } });
    expect(failureOf(await ask(body)).failureClass).toBe('EMPTY_OUTPUT');
  });

  it('is malformed when it tells an error with status 200', async () => {
    const body = responseOf([], { error: { type: 'server_error', code: 'server_error', message: 'oops' } });
    expect(failureOf(await ask(body))).toMatchObject({
      failureClass: 'MALFORMED',
      httpStatus: 200,
    });
  });
});
