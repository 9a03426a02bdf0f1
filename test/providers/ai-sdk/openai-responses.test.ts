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

  it('gets back what each of its texts was for', async () => {
    const said = responseOf([
      { ...message('Let me see.'), phase: 'commentary' },
      { ...message('Snow.'), id: 'msg_2', phase: 'final_answer' },
    ]);
    const { text, toolCalls, providerState } = answerOf(await ask(said));
    const turn = { role: 'assistant', text, toolCalls, ...(providerState && { providerState }) } as const;
    await ask(said, { messages: [...question().messages, turn, ...question().messages] });
    expect(stage.lastBody()['input']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'Let me see.', phase: 'commentary' },
      { role: 'assistant', content: 'Snow.', phase: 'final_answer' },
      { role: 'user' },
    ]);
  });

  it('shows a budget that thinking has eaten as an empty output', async () => {
    const body = responseOf([], { incomplete_details: { reason: 'max_output_tokens' } });
    expect(failureOf(await ask(body)).failureClass).toBe('EMPTY_OUTPUT');
  });

  it.each([
    ['server_error', 'SERVER_ERROR', 500],
    ['rate_limit_exceeded', 'RATE_LIMITED', 429],
    ['insufficient_quota', 'QUOTA_EXHAUSTED', 429],
    ['invalid_prompt', 'CONTENT_FILTER', 400],
    ['context_length_exceeded', 'CONTEXT_LENGTH', 400],
    ['something_new', 'MALFORMED', 200],
  ])('means the same by an error in its body as by a status: %s', async (code, failureClass, httpStatus) => {
    const error = { code, message: 'oops' };
    const body = responseOf([], { status: 'failed', error });
    expect(failureOf(await ask(body))).toMatchObject({ failureClass, httpStatus });
    expect(failureOf(await ask({ status: 'failed', error })).failureClass).toBe(failureClass);
  });

  it.each(['failed', 'cancelled', 'in_progress', 'queued'])(
    'has not answered when its status is %s, whatever it holds',
    async (status) => {
      const failure = failureOf(await ask(responseOf([message('half an ans')], { status, error: null })));
      expect(failure.failureClass).toBe('MALFORMED');
    },
  );

  it('is cut when it is incomplete for no reason that it tells', async () => {
    const body = responseOf([message('half an ans')], { status: 'incomplete', incomplete_details: null });
    expect(answerOf(await ask(body)).finishReason).toBe('length');
  });

  it('answers when its status is completed and its error null', async () => {
    const body = responseOf([message('Fine.')], {
      status: 'completed',
      error: null,
      incomplete_details: null,
    });
    expect(answerOf(await ask(body))).toMatchObject({ text: 'Fine.', finishReason: 'stop' });
  });
});
