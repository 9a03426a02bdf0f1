import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCallState, encodeCallState } from '../../../src/providers/ai-sdk/provider-state.ts';
import { divideBudget, takesThinkingTokens } from '../../../src/providers/ai-sdk/reasoning-budget.ts';

describe('the state of a tool call', () => {
  const state = {
    options: { them: { signature: 'x' } },
    thoughts: [{ text: 'Hm.', options: { them: { id: 1 } } }],
  };

  it('comes back to the provider that wrote it, and to nobody else', () => {
    const text = encodeCallState('them', state);
    expect(decodeCallState('them', text)).toEqual(state);
    expect(decodeCallState('others', text)).toEqual({});
  });

  it('is no text when there is nothing to carry', () => {
    expect(encodeCallState('them', {})).toBeUndefined();
    expect(decodeCallState('them', undefined)).toEqual({});
  });

  it('is nothing when a caller has changed it beyond recognition', () => {
    const damaged = [
      { provider: 'them', options: 1, thoughts: [1, { text: 2 }, { text: 'ok', options: 3 }] },
    ];
    for (const value of damaged)
      expect(decodeCallState('them', JSON.stringify(value))).toEqual({ thoughts: [] });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(decodeCallState('them', text)).toEqual({});
      }),
    );
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
