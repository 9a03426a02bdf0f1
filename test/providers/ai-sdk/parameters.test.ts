import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasLockedSampling, isStrictSchema } from '../../../src/providers/ai-sdk/parameters.ts';
import type { Message } from '../../../src/providers/message.ts';
import type { Adapter, ProviderRequest, ProviderResult } from '../../../src/providers/provider.ts';
import { nobodyLeaves, question, readAll } from '../../support/providers/provider-calls.ts';
import { dialectAnswers } from '../../support/providers/dialect-answers.ts';
import { openProviderStage, type ProviderStage } from '../provider-stage.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

/** What a request, whole and streamed, was sent as, and what was noticed of it. */
async function both(
  adapter: Adapter,
  changes: Partial<ProviderRequest>,
): Promise<[ProviderResult, object][]> {
  const dialect = adapter in dialectAnswers ? (adapter as keyof typeof dialectAnswers) : 'openai-compatible';
  const counts = { input: 1, output: 1 };
  const provider = await stage.provider(adapter);
  stage.server.next(
    { body: dialectAnswers[dialect].whole('Hello.', counts) },
    { events: dialectAnswers[dialect].events('Hello.', counts) },
  );
  const whole = await provider.call(question(changes), nobodyLeaves());
  const wholeBody = stage.lastBody();
  const { result } = await readAll(provider.stream(question(changes), nobodyLeaves()));
  return [
    [whole, wholeBody],
    [result, stage.lastBody()],
  ];
}

const strict = {
  type: 'object',
  properties: { city: { type: 'string' }, where: { type: 'array', items: { type: 'number' } } },
  required: ['city', 'where'],
  additionalProperties: false,
} as const;

describe('a JSON schema', () => {
  it.each([
    ['all properties required', strict, true],
    ['an optional property', { ...strict, required: ['city'] }, false],
    ['nothing required', { type: 'object', properties: { city: { type: 'string' } } }, false],
    ['others allowed', { ...strict, additionalProperties: true }, false],
    ['nothing said of others', { type: 'object', properties: {}, required: [] }, false],
    [
      'an optional property inside',
      { ...strict, properties: { city: strict, where: { ...strict, required: [] } } },
      false,
    ],
    ['an optional property in a definition', { ...strict, $defs: { a: { ...strict, required: [] } } }, false],
    ['words that strict modes do not know', { ...strict, patternProperties: {} }, false],
    ['a choice at its root', { anyOf: [strict] }, false],
    ['no object', { type: 'string' }, false],
  ])('with %s goes out as strict: %s, %s', (_case, schema, expected) => {
    expect(isStrictSchema(schema)).toBe(expected);
  });

  it.each(['openai', 'openai-compatible', 'groq', 'mistral'] as const)(
    'goes out to %s as strict where it can, and with a notice where it cannot',
    async (adapter) => {
      for (const [jsonSchema, isStrict] of [
        [strict, true],
        [{ ...strict, required: ['city'] }, false],
      ] as const) {
        for (const [result, body] of await both(adapter, {
          responseFormat: { type: 'json_schema', jsonSchema },
        })) {
          expect(JSON.stringify(body)).toContain(`"strict":${isStrict}`);
          expect(result.ok).toBe(true);
          expect(result.notices ?? []).toHaveLength(isStrict ? 0 : 1);
        }
      }
    },
  );
});

describe('a model that reasons', () => {
  it('is known by whatever reseller’s name', () => {
    const locked = ['o1', 'o3-mini', 'o4-mini', 'gpt-5', 'gpt-5-mini', 'gpt-5.1', 'openai/o3', 'codex-mini'];
    const free = ['gpt-4o', 'gpt-5-chat-latest', 'gpt-oss-120b', 'llama-3', 'solo1', 'grok-4', 'model'];
    expect(locked.filter((slug) => !hasLockedSampling(slug))).toEqual([]);
    expect(free.filter(hasLockedSampling)).toEqual([]);
  });

  it('is sent no temperature, with a notice, and its budget by its own name', async () => {
    for (const [result, body] of await both('openai-compatible', {
      modelSlug: 'o3-mini',
      sampling: { temperature: 0.5 },
    })) {
      expect(body).toMatchObject({ max_completion_tokens: 100 });
      expect(body).not.toHaveProperty('max_tokens');
      expect(body).not.toHaveProperty('temperature');
      expect(result.notices).toEqual(['The temperature was left out: the model takes none.']);
    }
  });

  it.each([
    ['openai', 'o3-mini'],
    ['anthropic', 'claude-opus-4-7'],
  ] as const)(
    'is sent no temperature by %s either, with the notice of its SDK',
    async (adapter, modelSlug) => {
      for (const [result, body] of await both(adapter, { modelSlug, sampling: { temperature: 0.5 } })) {
        expect(body).not.toHaveProperty('temperature');
        expect(result.notices).toEqual([expect.stringMatching(/^Not as asked: .*temperature/)]);
      }
    },
  );

  it('is no other: that one is sent both', async () => {
    for (const [result, body] of await both('openai-compatible', {
      modelSlug: 'small',
      sampling: { temperature: 0.5 },
    })) {
      expect(body).toMatchObject({ max_tokens: 100, temperature: 0.5 });
      expect(result).not.toHaveProperty('notices');
    }
  });
});

describe('a system message amid a conversation', () => {
  const messages: Message[] = [
    { role: 'system', text: 'Be brief.' },
    { role: 'user', parts: [{ type: 'text', text: 'Weather?' }] },
    { role: 'assistant', text: '', toolCalls: [{ id: 'c1', name: 'weather', arguments: '{}' }] },
    { role: 'system', text: 'Speak French.' },
    { role: 'tool', toolCallId: 'c1', toolName: 'weather', text: 'snow' },
    { role: 'user', parts: [{ type: 'text', text: 'And?' }] },
  ];

  it.each(['anthropic', 'google', 'mistral'] as const)(
    'is said as the user to %s, after the results that are due, with a notice',
    async (adapter) => {
      for (const [result, body] of await both(adapter, { messages })) {
        expect(result.ok).toBe(true);
        const text = JSON.stringify(body);
        expect(text.indexOf('<system>\\nSpeak French.\\n</system>')).toBeGreaterThan(text.indexOf('snow'));
        expect(text.indexOf('Speak French.')).toBeLessThan(text.indexOf('And?'));
        expect(result.notices).toHaveLength(1);
      }
    },
  );

  it('stays one where it may', async () => {
    for (const [result, body] of await both('openai-compatible', { messages })) {
      expect(JSON.stringify(body)).toContain('{"role":"system","content":"Speak French."}');
      expect(result).not.toHaveProperty('notices');
    }
  });
});

describe('an image at a URL', () => {
  it.each([
    ['https://example.com/a.png?x=1', 'image/png'],
    ['https://example.com/a.WEBP', 'image/webp'],
    ['https://example.com/a', 'image/jpeg'],
  ])('without a media type is put into google’s words: %s', async (url, mimeType) => {
    const messages: Message[] = [{ role: 'user', parts: [{ type: 'image', url }] }];
    for (const [result, body] of await both('google', { messages })) {
      expect(result.ok).toBe(true);
      expect(body).toMatchObject({ contents: [{ parts: [{ fileData: { fileUri: url, mimeType } }] }] });
    }
  });
});
