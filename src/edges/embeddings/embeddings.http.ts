import type { HttpEndpoint } from '../../server/http-api.ts';
import type { WholeApi } from '../common/api.ts';
import { openaiError } from '../common/openai-error.ts';
import { createRoutedEndpoint, type RoutedParts } from '../common/routed-endpoint.http.ts';
import { packVector } from './pack-vector.node.ts';
import { parseEmbeddings, type EmbeddingsCall } from './parse-embeddings.ts';
import { renameForEmbeddings } from './rename.ts';
import { createEmbeddingsWording } from './word-embeddings.ts';

const embeddings: WholeApi<EmbeddingsCall> = {
  parse: parseEmbeddings,
  whole: createEmbeddingsWording(packVector),
  fault: openaiError,
  rename: renameForEmbeddings,
};

/** `POST /v1/embeddings`. */
export function createEmbeddingsEndpoint(parts: RoutedParts): HttpEndpoint {
  return createRoutedEndpoint(embeddings, parts);
}
