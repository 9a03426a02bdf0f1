import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handOut } from '../../../src/providers/ai-sdk/handed-out.ts';
import { judgeEnding } from '../../../src/providers/wire/ending.ts';
import type { Message } from '../../../src/providers/message.ts';
import { adapters, type Adapter } from '../../../src/providers/provider.ts';
import { parseRouteRequest } from '../../../src/routing/request/parse-request.ts';
import { openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import { answerOf, nobodyLeaves, question, readAll } from '../../support/providers/provider-calls.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

// Vertex is asked with a token that Google alone gives; it is worded as Google is.
const spoken = adapters.filter((adapter) => adapter !== 'simulated' && adapter !== 'google-vertex');

/** A conversation in which each call was made and answered, one turn after the other. */
function conversation(calls: readonly { id: string; name: string; arguments: string }[]): Message[] {
  return [
    ...question().messages,
    ...calls.flatMap((call) => [
      { role: 'assistant', text: '', toolCalls: [call] } as const,
      { role: 'tool', toolCallId: call.id, toolName: call.name, text: 'no' } as const,
    ]),
  ];
}

/** What the provider was sent when the conversation went on, as it stands in the request's body. */
async function sent(
  adapter: Adapter,
  messages: readonly Message[],
): Promise<Readonly<Record<string, unknown>>> {
  const provider = await stage.provider(adapter);
  await provider.call(question({ messages, tools: [weather] }), nobodyLeaves());
  return stage.lastBody();
}

describe('a tool call', () => {
  it.each([
    ['arguments that are nothing', { id: 'c', name: 'f', arguments: '' }, '{}'],
    ['broken arguments', { id: 'c', name: 'f', arguments: '{"city": "Ro' }, '{"city": "Ro'],
    ['an id of 605 characters', { id: 'i'.repeat(605), name: 'f', arguments: '{}' }, '{}'],
    ['a name that nobody declared', { id: 'c', name: 'functions.f<|x|>'.repeat(9), arguments: '{}' }, '{}'],
  ])('with %s is handed out, whole and streamed, and taken back', async (_case, call, expected) => {
    const provider = await stage.provider('openai-compatible');
    stage.server.next({ toolCalls: [call] }, { toolCalls: [call] });
    const asked = question({ tools: [weather] });
    const whole = answerOf(await provider.call(asked, nobodyLeaves()));
    const streamed = answerOf((await readAll(provider.stream(asked, nobodyLeaves()))).result);
    for (const { toolCalls, finishReason } of [whole, streamed]) {
      expect(finishReason).toBe('tool_calls');
      expect(toolCalls).toMatchObject([{ id: call.id, name: call.name, arguments: expected }]);
      const parsed = parseRouteRequest({
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', toolCalls },
          { role: 'tool', toolCallId: call.id, content: 'no' },
        ],
      });
      expect(parsed.ok).toBe(true);
    }
  });

  it('beside an end that says stop waits for its result, whole and streamed', async () => {
    const provider = await stage.provider('openai-compatible');
    const reply = { toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }], finishReason: 'stop' };
    stage.server.next(reply, reply);
    const asked = question({ tools: [weather] });
    expect(answerOf(await provider.call(asked, nobodyLeaves())).finishReason).toBe('tool_calls');
    const { result } = await readAll(provider.stream(asked, nobodyLeaves()));
    expect(answerOf(result).finishReason).toBe('tool_calls');
  });

  it.each(spoken)('that was broken comes to a model of %s as its mistake, in sound JSON', async (adapter) => {
    const text = '{"city": "Ro';
    const body = await sent(adapter, conversation([{ id: 'c', name: 'f', arguments: text }]));
    const found: unknown[] = [];
    JSON.stringify(body, (key, value: unknown) => {
      if (['arguments', 'input', 'args'].includes(key) && !Array.isArray(value)) found.push(value);
      return value;
    });
    expect(found.map((value) => (typeof value === 'string' ? JSON.parse(value) : value) as unknown)).toEqual([
      { INVALID_JSON: text },
    ]);
  });

  it.each([
    ['openai', /^.{1,64}$/s],
    ['anthropic', /^[a-zA-Z0-9_-]+$/],
    ['mistral', /^[a-zA-Z0-9]{9}$/],
  ] as const)('has an id that %s takes, with its result', async (adapter, pattern) => {
    const ids = ['i'.repeat(605), 'functions.f:0', 'abcdefghi', 'functions.f:0'];
    const body = JSON.stringify(
      await sent(adapter, conversation(ids.map((id) => ({ id, name: 'f', arguments: '{}' })))),
    );
    const field = { openai: 'call_id', anthropic: '(?:id|tool_use_id)', mistral: '(?:id|tool_call_id)' };
    const worded = [...body.matchAll(new RegExp(`"${field[adapter]}":"([^"]*)"`, 'g'))].map(
      (found) => found[1]!,
    );
    expect(worded).toHaveLength(8);
    for (let at = 0; at < worded.length; at += 2) expect(worded[at + 1]).toBe(worded[at]);
    expect(new Set(worded).size).toBe(4);
    for (const id of worded) expect(id).toMatch(pattern);
    if (pattern.test('abcdefghi')) expect(worded).toContain('abcdefghi');
  });
});

it('whatever a model writes is a failure, or is handed out and taken back', () => {
  const text = fc.oneof(fc.string(), fc.json(), fc.constantFrom('', '{', '[]', 'null', '{"a":1e400}'));
  const call = fc.record({ id: fc.string(), name: fc.string(), arguments: text });
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), (written) => {
      const toolCalls = handOut(written);
      const verdict = judgeEnding({ ending: 'stop', saysWhy: true, hasText: false, calls: toolCalls });
      if (typeof verdict === 'object') return;
      const messages = [
        { role: 'user', content: 'Hi' } as const,
        { role: 'assistant', toolCalls } as const,
        ...toolCalls.map(({ id }) => ({ role: 'tool', toolCallId: id, content: 'ok' }) as const),
      ];
      const parsed = parseRouteRequest({ messages });
      expect(parsed.ok ? [] : parsed.issues).toEqual([]);
    }),
  );
});
