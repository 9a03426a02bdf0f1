import type { EmbeddingInput, EmbeddingTask } from '../../providers/embedding.ts';
import type { InputReader } from '../../system/input/reader.ts';
import { integer } from '../../system/input/rules.ts';
import type { RawEmbedding } from './raw-route-input.ts';

/** As many as the largest providers take at once. */
export const MAX_EMBEDDING_INPUTS = 2048;

/** Twice as many as the longest vectors of known models have. */
export const MAX_DIMENSIONS = 8192;

/** The largest vocabularies have hundreds of thousands. */
const MAX_TOKEN = 2 ** 31 - 1;

const dimensionsRule = integer(1, MAX_DIMENSIONS);

/** What is to be turned into vectors; names every input that is none. */
export function parseEmbedding(input: InputReader<RawEmbedding>): EmbeddingTask {
  const { inputs } = input.raw;
  if (inputs.length === 0 || inputs.length > MAX_EMBEDDING_INPUTS) {
    input.refuse(`must have 1 to ${MAX_EMBEDDING_INPUTS} inputs`, 'inputs');
  } else {
    inputs.forEach((each, index) => {
      const issue = issueOf(each);
      if (issue !== undefined) input.refuse(issue, 'inputs', index);
    });
  }
  return { inputs, dimensions: input.nullable('dimensions', dimensionsRule) };
}

function issueOf(input: EmbeddingInput): string | undefined {
  if (input.length === 0) return 'must not be empty';
  if (typeof input === 'string') return undefined;
  const isToken = (token: number) => Number.isSafeInteger(token) && token >= 0 && token <= MAX_TOKEN;
  return input.every(isToken) ? undefined : `must be numbers of tokens, whole and from 0 to ${MAX_TOKEN}`;
}
