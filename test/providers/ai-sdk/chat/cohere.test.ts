import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cohereAddress,
  cohereCompatibleAddress,
} from '../../../../src/providers/ai-sdk/chat/cohere.ai-sdk.ts';
import type { ProviderRequest } from '../../../../src/providers/provider.ts';
import { answerOf, nobodyLeaves, question, readAll } from '../../../support/providers/provider-calls.ts';
import { continued, openProviderStage, weather, type ProviderStage } from '../../provider-stage.ts';
import { ask, untoldTraits } from '../asked.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const usage = {
  billed_units: { input_tokens: 6, output_tokens: 7 },
  tokens: { input_tokens: 11, output_tokens: 7 },
};
const call = (args: string) => ({
  id: 'c1',
  type: 'function',
  function: { name: 'weather', arguments: args },
});
const answer = (message: object, more: object = {}) => ({
  ...{ id: 'a1', message: { role: 'assistant', ...message }, finish_reason: 'TOOL_CALL', usage },
  ...more,
});

async function whole(body: object, changes: Partial<ProviderRequest> = {}) {
  stage.server.next({ body });
  return (await stage.provider('cohere')).call(question({ tools: [weather], ...changes }), nobodyLeaves());
}

async function streamed(events: readonly object[]) {
  stage.server.next({ events: [...events] });
  return readAll((await stage.provider('cohere')).stream(question({ tools: [weather] }), nobodyLeaves()));
}

const end = { type: 'message-end', delta: { finish_reason: 'TOOL_CALL', usage } };
const began = (args = '') => ({
  type: 'tool-call-start',
  index: 0,
  delta: { message: { tool_calls: call(args) } },
});
const wrote = (args: string) => ({
  ...{ type: 'tool-call-delta', index: 0 },
  delta: { message: { tool_calls: { function: { arguments: args } } } },
});
const ended = { type: 'tool-call-end', index: 0 };

describe('Cohere, through its own API', () => {
  it.each([
    [
      'https://api.cohere.ai/compatibility/v1',
      'https://api.cohere.ai/v2',
      'https://api.cohere.ai/compatibility/v1',
    ],
    ['https://api.cohere.com/v2/', 'https://api.cohere.com/v2', 'https://api.cohere.com/compatibility/v1'],
    ['http://proxy.internal/co', 'http://proxy.internal/co', 'http://proxy.internal/co'],
  ])('is called at the address that %s says', (baseUrl, own, compatible) => {
    expect([cohereAddress(baseUrl), cohereCompatibleAddress(baseUrl)]).toEqual([own, compatible]);
  });

  it.each([
    ['none', { type: 'disabled' }],
    ['low', { type: 'enabled', token_budget: 2000 }],
    ['high', { type: 'enabled', token_budget: 8000 }],
  ] as const)('thinks as hard as %s within the output budget', async (reasoningEffort, thinking) => {
    const { body, notices } = await ask(stage, 'cohere', { reasoningEffort, outputBudgetTokens: 10_000 });
    expect(stage.server.requests[0]?.path).toBe('/v1/chat');
    expect(body).toMatchObject({ max_tokens: 10_000, thinking });
    expect(notices).toEqual([]);
  });

  it('is asked in its own names, a budget of another name and options of its own included', async () => {
    const { body } = await ask(stage, 'cohere', {
      ...{ sampling: { topP: 0.5, topK: 40 }, stopSequences: ['END'] },
      providerOptions: { citation_options: { mode: 'OFF' }, thinking: { type: 'disabled' } },
      traits: { ...untoldTraits, maxTokensParameter: 'max_completion_tokens' },
      reasoningEffort: 'high',
      outputBudgetTokens: 10_000,
    });
    expect(body).toMatchObject({ p: 0.5, k: 40, stop_sequences: ['END'], citation_options: { mode: 'OFF' } });
    expect(body).toMatchObject({ max_tokens: 10_000, thinking: { type: 'enabled' } });
    expect(body).not.toHaveProperty('max_completion_tokens');
  });

  it('is asked for JSON in words beside the schema', async () => {
    const jsonSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const { body } = await ask(stage, 'cohere', { responseFormat: { type: 'json_schema', jsonSchema } });
    expect(body).toMatchObject({ response_format: { type: 'json_object', json_schema: jsonSchema } });
    expect(JSON.stringify(body['messages'])).toContain('one JSON value');
  });

  it('has its plan told as a thought, and gets it back with what it said beside its calls', async () => {
    const message = {
      tool_plan: 'I will look.',
      content: 'Let me see.',
      tool_calls: [call('{"city":"Oslo"}')],
    };
    const citations = [{ start: 0, end: 1, text: 'L', sources: [{ type: 'tool', tool_output: {} }] }];
    const result = await whole(answer({ ...message, citations }));
    expect(answerOf(result)).toMatchObject({
      ...{ text: 'Let me see.', reasoningText: 'I will look.', finishReason: 'tool_calls' },
      usage: { inputTokens: 11, outputTokens: 7 },
    });
    await whole(answer({ content: [{ type: 'text', text: 'Snow.' }] }), { messages: continued(result) });
    expect(stage.lastBody()['messages']).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'I will look.' },
          { type: 'text', text: 'Let me see.' },
        ],
        tool_calls: [{ id: 'c1' }],
      },
      { role: 'tool', tool_call_id: 'c1' },
    ]);
    expect(stage.lastBody()).not.toHaveProperty('switchyard_contents');
  });

  it('has its plan told as it comes', async () => {
    const planned = (tool_plan: string) => ({ type: 'tool-plan-delta', delta: { message: { tool_plan } } });
    const { parts, result } = await streamed([
      { type: 'message-start', id: 'a1', delta: { message: {} } },
      ...[planned('I will '), planned('look.'), began(), wrote('{"city":"Oslo"}'), ended, end],
    ]);
    expect(answerOf(result)).toMatchObject({ reasoningText: 'I will look.', toolCalls: [{ id: 'c1' }] });
    expect(parts.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['reasoning', 'reasoning_end', 'tool_call']),
    );
  });

  it.each([
    ['no JSON', '{"city": Oslo', '{"city": Oslo'],
    ['nothing', '', '{}'],
    ['null', 'null', '{}'],
  ])('is heard when the arguments of its call are %s', async (_case, written, told) => {
    const args = answerOf(await whole(answer({ tool_calls: [call(written)] }))).toolCalls[0]?.arguments;
    expect(args).toBe(told);
    const pieces = written === '' ? [] : [wrote(written.slice(0, 2)), wrote(written.slice(2))];
    const { parts, result } = await streamed([began(), ...pieces, ended, end]);
    expect(answerOf(result).toolCalls[0]?.arguments).toBe(told);
    expect(parts.map((part) => (part.kind === 'tool_arguments' ? part.text : '')).join('')).toBe(told);
  });

  it('is billed by what it bills where it counts nothing else, and estimated where it tells nothing', async () => {
    const content = [{ type: 'text', text: 'Fine.' }];
    const billed = answerOf(
      await whole(answer({ content }, { usage: { billed_units: usage.billed_units } })),
    );
    expect(billed.usage).toMatchObject({ inputTokens: 6, outputTokens: 7 });
    expect(answerOf(await whole(answer({ content }, { usage: null }))).usage.isEstimated).toBe(true);
  });
});
