import type { CandidateFacts, ModelView } from '../catalog/catalog-view.ts';
import type { ProviderRequest } from '../providers/provider.ts';

/** Answer tokens that a probe asks for: some endpoints refuse fewer. A reasoning model's floor comes on top. */
const PROBE_TOKENS = 16;

const PROMPT = 'Reply with the word OK.';

/** Tokens that the prompt takes, roughly. */
export const PROBE_PROMPT_TOKENS = 16;

/** The output budget of a probe: the floor of a reasoning model, and a few tokens for the answer. */
export function probeBudgetTokens({
  capabilities,
  reasoningTokenFloor,
  maxOutputTokens,
}: Pick<CandidateFacts, 'capabilities' | 'reasoningTokenFloor' | 'maxOutputTokens'>): number {
  if (capabilities.includes('EMBEDDINGS')) return 0;
  return Math.min((reasoningTokenFloor ?? 0) + PROBE_TOKENS, maxOutputTokens);
}

/** What a model is asked to find out whether it answers; one that embeds is given the same words to embed. */
export function probeRequest({ facts, traits }: Pick<ModelView, 'facts' | 'traits'>): ProviderRequest {
  const embeds = facts.capabilities.includes('EMBEDDINGS');
  return {
    modelSlug: facts.modelSlug,
    ...(embeds && { embedding: { inputs: [PROMPT], dimensions: null } }),
    messages: embeds ? [] : [{ role: 'user', parts: [{ type: 'text', text: PROMPT }] }],
    outputBudgetTokens: probeBudgetTokens(facts),
    tools: [],
    responseFormat: { type: 'text' },
    traits,
  };
}
