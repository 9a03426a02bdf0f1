import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialects } from '../../../src/providers/ai-sdk/dialects.ts';
import type { ProviderRequest } from '../../../src/providers/provider.ts';
import { openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import { ask, sdkAdapters, untoldTraits, type SdkAdapter } from './asked.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

/** Each hint, and what says of it in a body or a notice; what needs no word where there is no field has none. */
const hints: Readonly<
  Record<string, { ask: Partial<ProviderRequest>; told: RegExp; noField?: (adapter: SdkAdapter) => boolean }>
> = {
  temperature: { ask: { sampling: { temperature: 1.25 } }, told: /1\.25|temperature/ },
  topP: { ask: { sampling: { topP: 0.62 } }, told: /0\.62|topP/ },
  topK: { ask: { sampling: { topK: 37 } }, told: /37|topK/ },
  seed: { ask: { sampling: { seed: 4711 } }, told: /4711|seed/ },
  presencePenalty: { ask: { sampling: { presencePenalty: -0.53 } }, told: /-0\.53|presencePenalty/ },
  frequencyPenalty: { ask: { sampling: { frequencyPenalty: -0.54 } }, told: /-0\.54|frequencyPenalty/ },
  effort: { ask: { reasoningEffort: 'high' }, told: /"high"|thinking|reason/i },
  parallelToolCalls: {
    ask: { parallelToolCalls: false },
    told: /parallel_tool_calls":false|disable_parallel_tool_use":true|several tools at once/,
  },
  endUserId: {
    ask: { endUserId: 'someone-77' },
    told: /someone-77/,
    noField: (adapter) => dialects[adapter].wishes.endUser === null,
  },
  strict: {
    ask: {},
    told: /"strict":true|VALIDATED|strict/,
  },
};

describe.each(sdkAdapters)('every hint to %s', (adapter) => {
  it('is in the request or in a notice, alone and beside others, whatever the model', async () => {
    const models = [
      'small',
      'claude-haiku-4-5',
      'claude-opus-4-7',
      'gemini-2.5-flash',
      'gemini-3-pro',
      'o3',
      'gpt-5',
    ];
    const subsets = fc.uniqueArray(fc.constantFrom(...Object.keys(hints)), { minLength: 1 });
    const traitsOf = fc.record({
      samplingLocked: fc.boolean(),
      efforts: fc.constantFrom(null, ['low', 'max'] as const, []),
    });
    await fc.assert(
      fc.asyncProperty(subsets, fc.constantFrom(...models), traitsOf, async (names, modelSlug, told) => {
        const asked = names.map((name) => hints[name]?.ask ?? {});
        const sampling = Object.assign({}, ...asked.map((each) => each.sampling ?? {})) as object;
        const { result, body, notices } = await ask(stage, adapter, {
          ...Object.assign({}, ...asked),
          ...{
            modelSlug,
            sampling,
            outputBudgetTokens: 4000,
            tools: [{ ...weather, ...(names.includes('strict') && { strict: true }) }],
            traits: { ...untoldTraits, ...told },
          },
        });
        expect(result.ok).toBe(true);
        const text = JSON.stringify({ ...body, model: '' }) + notices.join('\n');
        for (const name of names) {
          if (hints[name]?.noField?.(adapter) !== true) expect(text).toMatch(hints[name]?.told ?? /$^/);
        }
      }),
      { numRuns: 40 },
    );
  });
});
