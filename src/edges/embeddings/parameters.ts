import type { Parameter, ParameterTable } from '../common/parameters.ts';

/**
 * Every parameter of `POST /v1/embeddings` that OpenAI documents
 * (https://platform.openai.com/docs/api-reference/embeddings/create), and `switchyard`.
 */
export const embeddingsParameters = {
  model: translated('which models may answer, all of one embedding space: see the names of models'),
  input: translated(
    'a text, a list of texts, the numbers of a text’s tokens, or a list of such lists: up to 2048 at once; providers that do not speak OpenAI’s API take texts alone',
  ),
  dimensions: translated('how many numbers a vector has; a model that gives another number has failed'),
  encoding_format: translated('`float`, or `base64` of 32-bit floats, little-endian'),
  user: translated('the caller’s own user, recorded and told to providers'),
  switchyard: translated('what this API has no words for: policy, models, limits, labels'),
} as const satisfies ParameterTable;

function translated(note: string): Parameter {
  return { fate: 'translated', note };
}
