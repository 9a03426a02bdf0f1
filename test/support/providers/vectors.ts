import type { ScriptedBehavior, ScriptedRequest } from './scripted-provider.ts';

/** How a scripted provider embeds: each input as `[1, its place, 0.5]`, by OpenAI's API, with a token for each. */
export const embedding: ScriptedBehavior = (request) => ({ body: vectorsFor(request) });

/** The body of its answer. */
export function vectorsFor({ body }: ScriptedRequest) {
  const inputs = body['input'] as readonly unknown[];
  return {
    object: 'list',
    data: inputs.map((_, index) => ({ object: 'embedding', index, embedding: [1, index, 0.5] })),
    model: body['model'],
    usage: { prompt_tokens: inputs.length, total_tokens: inputs.length },
  };
}

/** What a model that embeds is, beside what all models are. */
export const EMBEDS = { capabilities: ['EMBEDDINGS'], outputUsdPerMillionTokens: 0 } as const;
