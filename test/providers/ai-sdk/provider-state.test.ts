import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canStateComeBack } from '../../../src/providers/answer-bounds.ts';
import { decodeCallState, encodeCallState } from '../../../src/providers/ai-sdk/provider-state.ts';
import { divideBudget, takesThinkingTokens } from '../../../src/providers/ai-sdk/reasoning-budget.ts';

describe('the state of a tool call', () => {
  const owner = { providerSlug: 'them', optionsOwner: 'anthropic' } as const;
  const state = {
    options: { anthropic: { signature: 'x' } },
    thoughts: [{ text: 'Hm.', options: { anthropic: { redactedData: 'y' } } }],
  };

  it('comes back to the provider that wrote it, and to nobody else', () => {
    const text = encodeCallState(owner, state);
    expect(decodeCallState(owner, text)).toEqual(state);
    expect(decodeCallState({ ...owner, providerSlug: 'others' }, text)).toEqual({});
  });

  it('is no text when there is nothing to carry', () => {
    expect(encodeCallState(owner, {})).toBeUndefined();
    expect(decodeCallState(owner, undefined)).toEqual({});
  });

  it('is nothing when a caller has changed it beyond recognition', () => {
    const damaged = [
      { provider: 'them', options: 1, thoughts: [1, { text: 2 }, { text: 'ok', options: 3 }] },
    ];
    for (const value of damaged)
      expect(decodeCallState(owner, JSON.stringify(value))).toEqual({ thoughts: [{ text: 'ok' }] });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(decodeCallState(owner, text)).toEqual({});
      }),
    );
  });

  it.each(['openai', 'anthropic', 'google', 'compatible'] as const)(
    'holds, whatever a caller writes into it, no more for %s than texts that its SDK gives out itself',
    (optionsOwner) => {
      const known = [
        'itemId',
        'reasoningEncryptedContent',
        'namespace',
        'signature',
        'redactedData',
        'thoughtSignature',
      ];
      const name = fc.oneof(
        fc.constantFrom(...known, 'cacheControl', 'caller', '__proto__', 'role'),
        fc.string(),
      );
      const owners = fc.constantFrom(
        'openai',
        'anthropic',
        'google',
        'compatible',
        'openaiCompatible',
        'openai-compatible',
      );
      const options = fc.dictionary(owners, fc.dictionary(name, fc.oneof(fc.string(), fc.jsonValue())));
      fc.assert(
        fc.property(options, fc.array(fc.record({ text: fc.string(), options })), (call, thoughts) => {
          const text = JSON.stringify({ provider: 'them', options: call, thoughts });
          const read = decodeCallState({ providerSlug: 'them', optionsOwner }, text);
          const all = [read.options, ...(read.thoughts ?? []).map((thought) => thought.options)];
          for (const each of all.filter((some) => some !== undefined)) {
            expect(Object.keys(each)).toEqual([optionsOwner]);
            for (const [key, value] of Object.entries(each[optionsOwner] ?? {})) {
              expect(known).toContain(key);
              expect(typeof value).toBe('string');
            }
          }
        }),
      );
    },
  );

  it('is not even parsed when it nests or is long beyond what a provider writes', () => {
    for (const text of ['['.repeat(1_000_000), `"${'a'.repeat(3_000_000)}"`, `[${'1,'.repeat(100_000)}1]`]) {
      expect(canStateComeBack(text)).toBe(false);
      expect(decodeCallState(owner, text)).toEqual({});
    }
  });
});

describe('an output budget in thinking tokens', () => {
  it('is divided without remainder, or not at all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200_000 }),
        fc.constantFrom('low', 'medium', 'high'),
        (budget, effort) => {
          const divided = divideBudget(budget, effort);
          if (divided === undefined) {
            expect(budget).toBeLessThanOrEqual(1024);
            return;
          }
          expect(divided.thinkingTokens + divided.answerTokens).toBe(budget);
          expect(divided.thinkingTokens).toBeGreaterThanOrEqual(1024);
          expect(divided.answerTokens).toBeGreaterThanOrEqual(1);
        },
      ),
    );
  });

  it('is for the models that count', () => {
    const counting = [
      'claude-3-7-sonnet-latest',
      'claude-sonnet-4-20250514',
      'claude-opus-4-1-20250805',
      'claude-haiku-4-5',
      'claude-sonnet-4-5@20250929',
      'gemini-2.5-pro',
    ];
    const judging = [
      'claude-opus-4-6',
      'claude-sonnet-4-6',
      'claude-sonnet-5',
      'gemini-3-pro-preview',
      'gpt-5',
    ];
    expect(counting.filter((slug) => !takesThinkingTokens(slug))).toEqual([]);
    expect(judging.filter(takesThinkingTokens)).toEqual([]);
  });
});
