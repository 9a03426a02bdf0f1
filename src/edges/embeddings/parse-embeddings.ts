import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { EmbeddingInput } from '../../providers/embedding.ts';
import type { JsonValue } from '../../system/json.ts';
import type { ParsedCall } from '../common/api.ts';
import type { RequestHeaders } from '../common/caller-words.ts';
import { readExtensions } from '../common/extensions.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { checkParameters } from '../common/parameters.ts';
import { routedBy } from '../common/routed-input.ts';
import { embeddingsParameters } from './parameters.ts';

/** How vectors are written. */
export const encodingFormats = ['float', 'base64'] as const;

/** A request of Embeddings, understood. */
export interface EmbeddingsCall extends ParsedCall {
  readonly encodingFormat: (typeof encodingFormats)[number];
}

/** Reads a request of `POST /v1/embeddings`. Throws ParameterError and UnknownModelError. */
export function parseEmbeddings(
  body: JsonReader,
  headers: RequestHeaders,
  catalog: CatalogView,
): EmbeddingsCall {
  checkParameters(body, embeddingsParameters);
  const routed = routedBy(body.requiredText('model'), {}, readExtensions(body, headers), catalog);
  return {
    input: {
      ...routed,
      messages: [],
      embedding: { inputs: inputsOf(body), dimensions: body.number('dimensions') },
      endUserId: body.text('user'),
    },
    isStream: false,
    encodingFormat: body.oneOf('encoding_format', encodingFormats) ?? 'float',
  };
}

/** A list of numbers is one text; any other list has a text in each place. */
function inputsOf(body: JsonReader): readonly EmbeddingInput[] {
  const input = body.raw('input') ?? body.refuse('input', 'is required');
  if (input === '') return body.refuse('input', 'must not be empty');
  if (typeof input === 'string') return [input];
  if (!isList(input)) return body.refuse('input', 'must be a text, or a list of texts or of tokens');
  if (isTokens(input) && input.length > 0) return [input];
  return input.map((each, index) => {
    if (typeof each === 'string') return each;
    if (isList(each) && isTokens(each)) return each;
    return body.refuse(['input', index], 'must be a text, or a list of the numbers of its tokens');
  });
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isTokens(list: readonly JsonValue[]): list is readonly number[] {
  return list.every((each) => typeof each === 'number');
}
