import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinDetails } from '../../../../src/providers/ai-sdk/chat/reasoning-details.ts';
import type { Message } from '../../../../src/providers/message.ts';
import type { ProviderResult } from '../../../../src/providers/provider.ts';
import { answerOf, nobodyLeaves, question, readAll } from '../../../support/providers/provider-calls.ts';
import { continued, openProviderStage, weather, type ProviderStage } from '../../provider-stage.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const format = 'anthropic-claude-v1';
const shown = { type: 'reasoning.text', text: 'Hm. Snow?', signature: 'signed', id: null, format, index: 0 };
const sealed = { type: 'reasoning.encrypted', data: 'c2VhbGVk', id: 'rs_1', format, index: 1 };
const details = [shown, sealed];
const called = { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' } };

async function ask(messages: readonly Message[] = question().messages, message?: object) {
  if (message !== undefined) {
    stage.server.next({ body: { id: 'x', choices: [{ index: 0, finish_reason: 'stop', message }] } });
  }
  return (await stage.provider()).call(question({ tools: [weather], messages }), nobodyLeaves());
}

async function stream(deltas: readonly object[]) {
  const chunks = [
    ...deltas.map((delta) => ({ id: 'x', choices: [{ index: 0, delta, finish_reason: null }] })),
    { id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ];
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map(
    (data) => `data: ${data}\n\n`,
  );
  stage.server.next({ body: events.join(''), headers: { 'content-type': 'text/event-stream' } });
  return (await readAll((await stage.provider()).stream(question({ tools: [weather] }), nobodyLeaves())))
    .result;
}

/** The assistant's message of the last request. */
const sentBack = () => (stage.lastBody()['messages'] as readonly object[])[1];

function goneOn(result: ProviderResult): Message[] {
  const { text, toolCalls, providerState } = answerOf(result);
  return [
    ...question().messages,
    { role: 'assistant', text, toolCalls, ...(providerState !== undefined && { providerState }) },
    ...question().messages,
  ];
}

describe('details of reasoning', () => {
  it('go back in their order with the results of tools, and thinking itself does not', async () => {
    const message = { role: 'assistant', content: 'So:', reasoning: 'Hm. Snow?', tool_calls: [called] };
    const result = await ask(undefined, { ...message, reasoning_details: details });
    expect(answerOf(result).reasoningText).toBe('Hm. Snow?');
    await ask(continued(result));
    expect(sentBack()).toEqual({
      ...{ role: 'assistant', content: 'So:', reasoning_details: details },
      tool_calls: [called],
    });
  });

  it('go back with an answer that called nothing', async () => {
    const result = await ask(undefined, { role: 'assistant', content: 'Snow.', reasoning_details: details });
    await ask(goneOn(result));
    expect(sentBack()).toEqual({ role: 'assistant', content: 'Snow.', reasoning_details: details });
  });

  it('go back whole when they came in pieces', async () => {
    const result = await stream([
      { reasoning: 'Hm. ', reasoning_details: [{ ...shown, text: 'Hm. ', signature: null }] },
      { reasoning: 'Snow?', reasoning_details: [{ ...shown, text: 'Snow?', signature: null }] },
      { reasoning_details: [{ type: 'reasoning.text', signature: 'signed', index: 0 }] },
      { reasoning_details: [sealed] },
      { content: 'Snow.' },
    ]);
    await ask(goneOn(result));
    expect(sentBack()).toEqual({ role: 'assistant', content: 'Snow.', reasoning_details: details });
  });

  it('that are encrypted are one piece each, and pieces of several indices are apart', () => {
    const other = { ...shown, index: 2 };
    expect(joinDetails([sealed, sealed, shown, other])).toEqual([sealed, sealed, shown, other]);
  });

  it('that a caller has made up hold nothing but what details hold', async () => {
    const result = await ask(undefined, { role: 'assistant', content: 'Snow.', reasoning_details: details });
    const made = [{ ...sealed, cache_control: { type: 'ephemeral' } }, { type: 'tool' }, 5];
    const state = JSON.parse(answerOf(result).providerState ?? '') as { blocks: unknown[] };
    const forged = {
      ...state,
      blocks: [['t', '', { compatible: { reasoningDetails: JSON.stringify(made) } }], [5]],
    };
    const messages: Message[] = [
      ...question().messages,
      { role: 'assistant', text: 'Snow.', toolCalls: [], providerState: JSON.stringify(forged) },
      ...question().messages,
    ];
    await ask(messages);
    expect(sentBack()).toEqual({ role: 'assistant', content: 'Snow.', reasoning_details: [sealed] });
  });
});
