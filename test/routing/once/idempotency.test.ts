import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  canonicalInput,
  decodeResult,
  encodeResult,
  nextStep,
  pauseMs,
  type KeyStep,
  type StoredKey,
} from '../../../src/routing/once/idempotency.ts';
import type { CallEnd } from '../../../src/routing/act/execution.ts';
import { NOT_KEPT } from '../../../src/routing/record/key-settlement.ts';
import { parseRouteRequest } from '../../../src/routing/request/parse-request.ts';
import type { RawRouteInput } from '../../../src/routing/request/raw-route-input.ts';

const ours = 'aa'.repeat(32);
const held: StoredKey = { inputSha256: ours, decisionId: 'd', result: null, remainingMs: 1 };

describe('what a call does about its key', () => {
  test.each<[string, StoredKey | null, number, KeyStep]>([
    ['claims what is free', null, 1, { kind: 'claim' }],
    ['claims what is free although its time has ended', null, 0, { kind: 'claim' }],
    ['claims a lease that has ended', { ...held, remainingMs: 0 }, 1, { kind: 'claim' }],
    ['claims a result that has expired', { ...held, result: 'r', remainingMs: -5 }, 1, { kind: 'claim' }],
    ['claims another input’s, expired', { ...held, inputSha256: 'b', remainingMs: 0 }, 1, { kind: 'claim' }],
    ['refuses another input under way', { ...held, inputSha256: 'b' }, 1, { kind: 'conflict' }],
    ['refuses another input’s result', { ...held, inputSha256: 'b', result: 'r' }, 0, { kind: 'conflict' }],
    [
      'answers with a result although its time has ended',
      { ...held, result: 'r' },
      0,
      { kind: 'replay', decisionId: 'd', result: 'r' },
    ],
    ['waits for a call under way', held, 1, { kind: 'wait', holder: held }],
    ['gives up when its time has ended', held, 0, { kind: 'give_up', holder: held }],
  ])('%s', (_, found, timeLeftMs, step) => {
    expect(nextStep(found, ours, timeLeftMs)).toEqual(step);
  });

  it('looks again sooner at first, at least four times a second, and never after its time has ended', () => {
    expect([0, 1, 2, 3, 4, 1000].map((looks) => pauseMs(looks, 60_000))).toEqual([20, 40, 80, 160, 250, 250]);
    expect(pauseMs(4, 30)).toBe(30);
  });
});

describe('what is kept of an end', () => {
  const answered: CallEnd = {
    kind: 'answered',
    modelKey: 'openai/gpt',
    answer: {
      text: 'nul \u0000 cut \ud83d "',
      toolCalls: [{ id: '1', name: 'f', arguments: '{}', providerState: 's' }],
      finishReason: 'tool_calls',
      usage: { inputTokens: 1, outputTokens: 2, reasoningTokens: 0 },
    },
  };
  const refused: CallEnd = { kind: 'refused', failureClass: 'CONTENT_FILTER', message: 'no' };

  it.each([answered, refused])('is everything when it is $kind', (end) => {
    expect(decodeResult(encodeResult(end)!)).toEqual(end);
  });

  it('is that it is not kept when it is too large: repeats are told so', () => {
    const large: CallEnd = { ...answered, answer: { ...answered.answer, text: 'a'.repeat(1_000_000) } };
    const kept = encodeResult(large);
    expect(kept).toBe(NOT_KEPT);
    expect(decodeResult(NOT_KEPT)).toBeNull();
  });

  it.each<CallEnd>([
    { kind: 'none_admitted', retryAfterMs: 1 },
    { kind: 'exhausted', retryAfterMs: null },
    { kind: 'deadline' },
    { kind: 'cancelled' },
    { kind: 'interrupted', failureClass: 'MALFORMED', message: 'It broke.', deliveredText: 'Hel' },
  ])('is nothing when it is $kind', (end) => {
    expect(encodeResult(end)).toBeNull();
  });
});

describe('the canonical input', () => {
  const input: RawRouteInput = {
    messages: [{ role: 'user', content: 'Hello' }],
    tools: [{ name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } } } }],
    maxCostUsd: 0.5,
  };
  const canonical = (raw: RawRouteInput) => {
    const parsed = parseRouteRequest(raw);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    return canonicalInput(parsed.value);
  };

  it('is the same whatever the key, and however the client wrote the same', () => {
    const same: RawRouteInput = {
      idempotencyKey: 'k',
      temperature: null,
      maxCostUsd: 0.5,
      tools: [{ parameters: { properties: { a: { type: 'string' } }, type: 'object' }, name: 'f' }],
      messages: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    };
    expect(canonical(same)).toBe(canonical(input));
  });

  it.each<Partial<RawRouteInput>>([
    { messages: [{ role: 'user', content: 'Hello ' }] },
    { messages: [{ role: 'system', content: 'Hello' }] },
    { messages: [{ role: 'user', content: 'a lone \ud800 surrogate' }] },
    { tools: [{ name: 'f', parameters: { type: 'object', properties: { a: { type: null } } } }] },
    { temperature: 0 },
    { timeoutMs: 5000 },
    { workflowId: 'w' },
    { policy: { maxAttempts: 1 } },
  ])('is another for another input: %j', (change) => {
    expect(canonical({ ...input, ...change })).not.toBe(canonical(input));
  });

  it('does not depend on the order of keys in what a client sends as JSON, nor forget any of it', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, shuffled(inner)]),
      );
    };
    const schema = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(schema, (jsonSchema) => {
        const withSchema = (value: unknown) =>
          canonical({ ...input, responseFormat: { type: 'json_schema', jsonSchema: value as never } });
        const text = withSchema(jsonSchema);
        expect(withSchema(shuffled(jsonSchema))).toBe(text);
        const said = JSON.parse(text) as { responseFormat: { jsonSchema: unknown } };
        expect(said.responseFormat.jsonSchema).toEqual(JSON.parse(JSON.stringify(jsonSchema)));
      }),
    );
  });
});
