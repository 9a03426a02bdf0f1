import { expect } from 'vitest';
import { nearestEffort } from '../../../../src/providers/ai-sdk/adapt/effort.ts';
import { reasoningEfforts, type ReasoningEffort } from '../../../../src/providers/message.ts';
import type { AskingTraits } from '../../../../src/providers/provider.ts';
import { traitsOf } from '../../../../src/catalog/traits.ts';
import { modelsOf } from '../catalog.ts';
import { callsOf, textBlock, thoughtBlock } from '../said.ts';
import type { Cell } from '../stage.ts';
import { answered, partsOf, type Proof } from './proof.ts';
import { untoldTraits, closedWeather } from '../../ai-sdk/asked.ts';
import type { Part } from '../asked.ts';
import { carriedOut } from './tools.ts';
import { answerOf } from '../../../support/providers/provider-calls.ts';

const BUDGET_TOKENS = 20_000;

/** Each model of the catalog that this adapter calls, or else those that stand for what it calls. */
function modelsToAsk({ subject }: Cell): readonly { readonly slug: string; readonly traits: AskingTraits }[] {
  const known = modelsOf(subject.adapter).map((model) => ({ slug: model.slug, traits: traitsOf(model) }));
  return known.length > 0 ? known : subject.models.map((slug) => ({ slug, traits: untoldTraits }));
}

/** Each wish comes as the nearest effort that the model takes, in a word of its API or a number of tokens; or a notice says why not. */
export const effort: Proof = async (cell) => {
  for (const { slug, traits } of modelsToAsk(cell)) {
    for (const wished of reasoningEfforts) {
      const { result, asked } = await cell.whole(
        { blocks: [textBlock('Hm.')] },
        { modelSlug: slug, reasoningEffort: wished, outputBudgetTokens: BUDGET_TOKENS, traits },
      );
      answerOf(result);
      const { notices = [] } = result;
      const nearest = traits.efforts === null ? wished : nearestEffort(wished, traits.efforts);
      const told = `${slug}: ${wished} as ${String(asked?.effort)} (${notices.join(' ')})`;
      if (nearest !== wished) expect(notices, told).not.toEqual([]);
      if (nearest === undefined) expect(asked?.effort, told).toBeUndefined();
      else expectWorded(cell, nearest, { effort: asked?.effort, notices, told });
    }
  }
};

interface Worded {
  readonly effort: string | number | undefined;
  readonly notices: readonly string[];
  readonly told: string;
}

function expectWorded({ subject }: Cell, nearest: ReasoningEffort, { effort, notices, told }: Worded): void {
  if (typeof effort === 'number') {
    expect(effort, told).toBeLessThan(BUDGET_TOKENS);
    if (nearest !== 'none') expect(effort, told).toBeGreaterThan(0);
    return;
  }
  // Not to think is what some do by themselves.
  if (effort === undefined) {
    if (nearest !== 'none') expect(notices, told).not.toEqual([]);
    return;
  }
  expect(subject.efforts, told).toContain(effort);
  const same: Readonly<Record<string, ReasoningEffort>> = { xhigh: 'max' };
  if ((same[effort] ?? effort) !== nearest) expect(notices, told).not.toEqual([]);
}

export const thoughts: Proof = async (cell, standing) => {
  const said = {
    blocks: [thoughtBlock('They greet me.', 'sealed'), textBlock('Fine.')],
    counts: { input: 11, output: 7, reasoning: 4 },
  };
  for (const came of await cell.both(said)) {
    const [answer] = answered(came, standing);
    expect(answer).toMatchObject({ text: 'Fine.', reasoningText: 'They greet me.' });
    expect(answer.usage).toMatchObject({ inputTokens: 11, outputTokens: 7 });
    if (came.stream === undefined) continue;
    const shown = came.stream.parts.map((part) => (part.kind === 'reasoning' ? part.text : ''));
    expect(shown.join('')).toBe('They greet me.');
    expect(shown.filter((text) => text !== '')).toHaveLength(2);
  }
};

/** The ids of calls are their results' matter: Google has none, and its answers get ours. */
function withoutId(part: Part): Part {
  return part.kind === 'call' ? { ...part, id: '' } : part;
}

/** What the provider needs back of an answer goes back, all blocks in the order in which they came. */
export const state: Proof = async (cell, standing) => {
  const { interleaved } = cell.subject;
  expect(interleaved.length).toBeGreaterThan(0);
  for (const came of await cell.both({ blocks: interleaved }, { tools: [closedWeather] })) {
    const [answer] = answered(came, standing);
    expect(answer.toolCalls).toHaveLength(callsOf(interleaved).length);
    const messages = carriedOut(answer);
    const next = await cell.whole({ blocks: [textBlock('Snow.')] }, { tools: [closedWeather], messages });
    const back = partsOf(answered(next, standing)[1], 'assistant');
    expect(back.map(withoutId)).toEqual(interleaved.map(withoutId));
  }
};
