import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import { faultOfVectors, type EmbeddingTask } from '../../embedding.ts';
import { estimateInputTokens } from '../../estimate-tokens.ts';
import type { ProviderRequest, ProviderResult, SdkConnection, TokenUsage } from '../../provider.ts';
import { rateLimitHeaders } from '../../rate-limit-headers.ts';
import { UnaskableError } from '../adapt/required.ts';
import { withNotices } from '../notices.ai-sdk.ts';
import { MOST_TOKENS } from '../told-counts.ts';
import { embeddingOptions, takesTokens } from './embedding-options.ts';

/** A request for vectors. */
export type EmbeddingRequest = ProviderRequest & { readonly embedding: EmbeddingTask };

/** What a request is sent with. */
export interface EmbedTerms {
  readonly signal: AbortSignal;
  readonly connection: SdkConnection;
}

/**
 * Turns texts into vectors by one request, which is never repeated. Throws what the SDK does, and UnaskableError for what
 * this provider cannot be asked for.
 */
export async function embed(
  model: EmbeddingModelV4,
  request: EmbeddingRequest,
  { signal, connection }: EmbedTerms,
): Promise<ProviderResult> {
  const { adapter } = connection;
  const { embedding, endUserId } = request;
  const most = (await model.maxEmbeddingsPerCall) ?? Infinity;
  if (embedding.inputs.length > most) {
    throw new UnaskableError(
      `This model takes ${most} inputs at once; the request has ${embedding.inputs.length}.`,
    );
  }
  const hasTokens = embedding.inputs.some((input) => typeof input !== 'string');
  if (hasTokens && !takesTokens(adapter)) {
    throw new UnaskableError('This provider takes texts, and no numbers of tokens.');
  }
  const { dimensions } = embedding;
  const result = await model.doEmbed({
    // Where it takes tokens, the SDK hands them on as they are.
    values: embedding.inputs as string[],
    ...(dimensions !== null && { dimensions }),
    providerOptions: embeddingOptions(adapter, request.modelSlug, { dimensions, endUserId }),
    abortSignal: signal,
  });
  const headers = rateLimitHeaders(result.response?.headers);
  const usage = usageOf(result.usage?.tokens, request);
  const failure = faultOfVectors(embedding, result.embeddings);
  const noticed = (read: ProviderResult) => withNotices(read, [], result.warnings);
  if (failure !== undefined) return noticed({ ok: false, failure, headers, usage });
  const answer = {
    text: '',
    toolCalls: [],
    vectors: result.embeddings,
    finishReason: 'stop',
    usage,
  } as const;
  return noticed({ ok: true, answer, headers });
}

/** Some providers count nothing. */
function usageOf(told: number | undefined, request: EmbeddingRequest): TokenUsage {
  const isSound = told !== undefined && Number.isInteger(told) && told > 0 && told <= MOST_TOKENS;
  const inputTokens = isSound ? told : estimateInputTokens(request);
  return { inputTokens, outputTokens: 0, reasoningTokens: 0, ...(!isSound && { isEstimated: true }) };
}
