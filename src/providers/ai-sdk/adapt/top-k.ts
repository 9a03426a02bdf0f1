import type { JsonObject } from '../../../system/json.ts';
import { isJsonObject } from '../../../system/json.ts';
import type { ProviderRequest, Sampling } from '../../provider.ts';

/** A sampling as the SDK has fields for it, and what stands among the provider's own options instead. */
export interface PlacedTopK {
  readonly sampling: Sampling;
  readonly options: JsonObject;
  readonly notices: readonly string[];
}

/**
 * Converse has no field for `topK`, and passes over one where the SDK puts it
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html): Claude takes it among
 * the fields of its own, as long as it does not think; of other models none is known.
 */
export function placeTopK(
  { modelSlug, providerOptions }: Pick<ProviderRequest, 'modelSlug' | 'providerOptions'>,
  { topK, ...sampling }: Sampling,
  thinks: boolean,
): PlacedTopK {
  if (topK === undefined) return { sampling, options: {}, notices: [] };
  if (thinks || !modelSlug.includes('anthropic')) {
    const why = thinks ? 'the model takes none while it thinks' : 'the API has no field for it';
    return { sampling, options: {}, notices: [`The topK was left out: ${why}.`] };
  }
  const fields = providerOptions?.['additionalModelRequestFields'];
  const additionalModelRequestFields = { ...(isJsonObject(fields) && fields), top_k: topK };
  return { sampling, options: { additionalModelRequestFields }, notices: [] };
}
