import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderRequest } from '../../../src/providers/provider.ts';
import { noSettings } from '../../../src/providers/adapter-settings.ts';
import { continued, openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import {
  answerOf,
  failureOf,
  nobodyLeaves,
  question,
  streamedResult,
} from '../../support/providers/provider-calls.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

/** The provider at `…/openai/v1`, as its portal shows it, or by a version. */
function azure(apiVersion: string | null) {
  const resource = stage.server.baseUrl.replace(/\/v1$/, '');
  return stage.factory.provider({
    slug: 'them',
    adapter: 'azure',
    baseUrl: apiVersion === null ? `${resource}/openai/v1/` : resource,
    credential: 'k',
    settings: { ...noSettings, apiVersion },
  });
}

const usage = { input_tokens: 11, output_tokens: 7, total_tokens: 18 };
const responseOf = (output: unknown[]) => ({
  ...{ id: 'resp_1', object: 'response', created_at: 1, model: 'gpt', status: 'completed' },
  ...{ output, usage },
});
const messageOf = (text: string) => ({
  ...{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed' },
  content: [{ type: 'output_text', text, annotations: [] }],
});
const call = {
  ...{ type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'weather' },
  ...{ arguments: '{"city":"Oslo"}', status: 'completed' },
};
const thought = { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed', summary: [] };

async function ask(apiVersion: string | null, body: unknown, changes: Partial<ProviderRequest> = {}) {
  stage.server.next({ body });
  return (await azure(apiVersion)).call(question(changes), nobodyLeaves());
}

describe('Azure without a dated version', () => {
  it('is asked by Responses, with the key in its own header and the deployment for the model', async () => {
    const result = await ask(null, responseOf([messageOf('Fine.')]));
    expect(answerOf(result)).toMatchObject({
      ...{ text: 'Fine.', finishReason: 'stop' },
      usage: { inputTokens: 11, outputTokens: 7 },
    });
    expect(stage.server.requests[0]).toMatchObject({
      ...{ path: '/openai/v1/responses', headers: { 'api-key': 'k' } },
      body: { model: 'small', store: false },
    });
    expect(stage.server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('gets its sealed thinking back with the result of a tool', async () => {
    const result = await ask(null, responseOf([thought, call]), { tools: [weather] });
    expect(answerOf(result)).toMatchObject({ finishReason: 'tool_calls' });
    await ask(null, responseOf([messageOf('Snow.')]), { tools: [weather], messages: continued(result) });
    expect(stage.lastBody()['input']).toMatchObject([
      { role: 'user' },
      { type: 'reasoning', encrypted_content: 'sealed' },
      { type: 'function_call', call_id: 'call_1' },
      { type: 'function_call_output', call_id: 'call_1' },
    ]);
  });

  it('streams', async () => {
    stage.server.next({
      events: [
        { type: 'response.output_item.added', output_index: 0, item: { ...messageOf(''), content: [] } },
        { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, delta: 'Fine.' },
        { type: 'response.output_item.done', output_index: 0, item: messageOf('Fine.') },
        { type: 'response.completed', response: responseOf([messageOf('Fine.')]) },
      ],
    });
    const result = await streamedResult(await azure(null), question());
    expect(answerOf(result)).toMatchObject({ text: 'Fine.', usage: { inputTokens: 11, outputTokens: 7 } });
  });

  it.each([
    [401, 'AUTH'],
    [429, 'RATE_LIMITED'],
    [500, 'SERVER_ERROR'],
  ])('has failed when it answers %i', async (status, failureClass) => {
    stage.server.next({ status, body: { error: { code: String(status), message: 'No.' } } });
    const result = await (await azure(null)).call(question(), nobodyLeaves());
    expect(failureOf(result)).toMatchObject({ failureClass, httpStatus: status });
  });
});

describe('Azure of a dated version', () => {
  const version = '2024-10-21';

  it('is asked by deployment and version, by Chat Completions', async () => {
    stage.server.next({ text: 'Fine.' });
    const result = await (await azure(version)).call(question({ modelSlug: 'my gpt' }), nobodyLeaves());
    expect(answerOf(result)).toMatchObject({ text: 'Fine.', usage: { inputTokens: 10, outputTokens: 5 } });
    expect(stage.server.requests[0]).toMatchObject({
      path: '/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
      headers: { 'api-key': 'k' },
    });
    // It keeps nothing unasked, and versions of that time refuse a word that they do not know.
    expect(stage.lastBody()).not.toHaveProperty('store');
  });

  it('calls tools, streamed with counts', async () => {
    const toolCalls = [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }];
    stage.server.next({ toolCalls });
    const result = await streamedResult(await azure(version), question({ tools: [weather] }));
    expect(answerOf(result)).toMatchObject({
      ...{ toolCalls, finishReason: 'tool_calls' },
      usage: { inputTokens: 10, outputTokens: 5 },
    });
  });
});
