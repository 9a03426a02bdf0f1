import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderRequest } from '../../../src/providers/provider.ts';
import { answerOf, nobodyLeaves, question, readAll } from '../../support/providers/provider-calls.ts';
import { continued, openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import { ask, untoldTraits } from './asked.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const sealed = { type: 'reasoning', id: 'rs_1', status: 'completed', encrypted_content: 'sealed' };
const written = { ...sealed, summary: [], content: [{ type: 'reasoning_text', text: 'Oslo is cold.' }] };
const call = {
  ...{ type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'weather', status: 'completed' },
  arguments: '{"city":"Oslo"}',
};
/** As it tells them of some models: thinking beside the rest, and the whole in the total alone. */
const usage = {
  ...{ input_tokens: 32, output_tokens: 9, total_tokens: 151, num_sources_used: 0 },
  input_tokens_details: { cached_tokens: 8 },
  output_tokens_details: { reasoning_tokens: 110 },
};
const response = { id: 'r1', created_at: 1_700_000_000, model: 'grok', status: 'completed', usage };

describe('xAI, through the Responses API', () => {
  it('keeps nothing, and is asked for sealed thinking, as hard as was wished, with its sampling', async () => {
    const { body, notices } = await ask(stage, 'xai', {
      ...{ modelSlug: 'grok-4.7', reasoningEffort: 'high', sampling: { temperature: 0.5, topP: 0.9 } },
      ...{ endUserId: 'u1', tools: [weather], parallelToolCalls: false },
    });
    expect(stage.server.requests[0]?.path).toBe('/v1/responses');
    expect(body).toMatchObject({
      ...{ model: 'grok-4.7', max_output_tokens: 100, store: false },
      ...{ include: ['reasoning.encrypted_content'], reasoning: { effort: 'high' } },
      ...{ temperature: 0.5, top_p: 0.9, user: 'u1', parallel_tool_calls: false },
    });
    expect(notices).toEqual([]);
  });

  it.each([
    ['minimal', null, 'low', 1],
    ['max', null, 'high', 1],
    ['max', ['low', 'high', 'max'], 'xhigh', 0],
    ['none', null, 'none', 0],
  ] as const)(
    'words the effort %s of a model that takes %j as %s',
    async (wished, efforts, word, noticed) => {
      const traits = { ...untoldTraits, efforts };
      const { body, notices } = await ask(stage, 'xai', { reasoningEffort: wished, traits });
      expect(body).toMatchObject({ reasoning: { effort: word } });
      expect(notices).toHaveLength(noticed);
    },
  );

  it('gets options of its own, in its own words, behind what was decided', async () => {
    const providerOptions = { max_turns: 2, store: true, promptCacheKey: 'c1', temperature: 2 };
    const { body } = await ask(stage, 'xai', { providerOptions, sampling: { temperature: 0.5 } });
    expect(body).toMatchObject({ max_turns: 2, store: false, prompt_cache_key: 'c1', temperature: 0.5 });
  });

  it('has what it wrote of its thinking shown, counted and sent back, as a whole', async () => {
    stage.server.next({ body: { ...response, output: [written, call, { type: 'x_search_call', id: 5 }] } });
    const settings: Partial<ProviderRequest> = { modelSlug: 'grok-4.7', tools: [weather] };
    const provider = await stage.provider('xai');
    const result = await provider.call(question(settings), nobodyLeaves());
    expect(answerOf(result)).toMatchObject({
      ...{ reasoningText: 'Oslo is cold.', toolCalls: [{ id: 'call_1' }] },
      usage: { inputTokens: 32, outputTokens: 119, reasoningTokens: 110, cachedInputTokens: 8 },
    });
    const { body } = await ask(stage, 'xai', { ...settings, messages: continued(result) });
    expect(body['input']).toMatchObject([
      { role: 'user' },
      { type: 'reasoning', encrypted_content: 'sealed', summary: [{ text: 'Oslo is cold.' }] },
      { type: 'function_call', call_id: 'call_1' },
      { type: 'function_call_output', call_id: 'call_1' },
    ]);
  });

  it('gets a thought of several parts back as the one that was sealed', async () => {
    const parts = ['Oslo', 'Cold'].map((text) => ({ type: 'summary_text', text }));
    stage.server.next({ body: { ...response, output: [{ ...sealed, summary: parts }, call] } });
    const provider = await stage.provider('xai');
    const result = await provider.call(question({ tools: [weather] }), nobodyLeaves());
    const { body } = await ask(stage, 'xai', { tools: [weather], messages: continued(result) });
    expect(body['input']).toMatchObject([
      { role: 'user' },
      { type: 'reasoning', encrypted_content: 'sealed', summary: parts },
      { type: 'function_call', call_id: 'call_1' },
      { type: 'function_call_output', call_id: 'call_1' },
    ]);
  });

  it('has it shown as it comes, in the events of either kind', async () => {
    const place = { item_id: 'rs_1', output_index: 0 };
    const events = [
      { type: 'response.created', response: { ...response, status: 'in_progress', usage: null } },
      { type: 'response.output_item.added', output_index: 0, item: { ...sealed, summary: [] } },
      { type: 'response.reasoning_text.delta', ...place, content_index: 0, delta: 'Oslo ' },
      { type: 'response.reasoning_summary_text.delta', ...place, summary_index: 0, delta: 'is cold.' },
      { type: 'response.reasoning_text.done', ...place, content_index: 0, text: 'Oslo is cold.' },
      { type: 'response.output_item.done', output_index: 0, item: written },
      { type: 'response.output_item.added', output_index: 1, item: { type: 'message', id: 'msg_1' } },
      { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, delta: 'Cold.' },
      { type: 'response.output_item.done', output_index: 1, item: { type: 'message', id: 'msg_1' } },
      { type: 'response.done', response: { ...response, output: [] } },
    ];
    stage.server.next({ events });
    const { result } = await readAll((await stage.provider('xai')).stream(question(), nobodyLeaves()));
    expect(answerOf(result)).toMatchObject({
      ...{ text: 'Cold.', reasoningText: 'Oslo is cold.', finishReason: 'stop' },
      usage: { outputTokens: 119, reasoningTokens: 110 },
    });
    expect(answerOf(result).providerState).toContain('sealed');
  });

  it('gets the bytes of a document as Base64 alone, and its address as that', async () => {
    const file = { type: 'file', mediaType: 'application/pdf', filename: 'a.pdf' } as const;
    const parts = [
      { type: 'text', text: 'file_data?' } as const,
      { ...file, base64: 'JVBERi0=' },
      { ...file, url: 'https://example.com/a.pdf' },
    ];
    const { body } = await ask(stage, 'xai', { messages: [{ role: 'user', parts }] });
    expect(body['input']).toMatchObject([
      {
        content: [
          { type: 'input_text', text: 'file_data?' },
          { file_data: 'JVBERi0=', mime_type: 'application/pdf', filename: 'a.pdf' },
          { type: 'input_file', file_url: 'https://example.com/a.pdf' },
        ],
      },
    ]);
  });
});
