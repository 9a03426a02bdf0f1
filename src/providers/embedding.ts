import type { ProviderFailure } from './failure.ts';

/** What is to be turned into vectors. */
export interface EmbeddingTask {
  /** Texts, or texts as a model's tokenizer has them: the numbers of their tokens. At least one. */
  readonly inputs: readonly EmbeddingInput[];
  /** How many numbers a vector is to have; null: as many as the model gives. */
  readonly dimensions: number | null;
}

export type EmbeddingInput = string | readonly number[];

/** What a vector is: one for each input, in their order. */
export type Vector = readonly number[];

/**
 * The most characters that a token stands for in ordinary text: what is longer by this measure is too long for sure.
 * Whether what is shorter fits is for its provider to say: another model can seldom stand in.
 */
const MOST_CHARACTERS_PER_TOKEN = 8;

/** How many tokens its longest input has at least. */
export function longestInputTokens({ inputs }: EmbeddingTask): number {
  return inputs.reduce((longest, input) => {
    const { length } = input;
    const tokens = typeof input === 'string' ? Math.ceil(length / MOST_CHARACTERS_PER_TOKEN) : length;
    return Math.max(longest, tokens);
  }, 0);
}

/** What its caller has written. */
export function textsIn({ inputs }: EmbeddingTask): string[] {
  return inputs.filter((input) => typeof input === 'string');
}

/** An answer's vectors, one after the other, as 64-bit floats, little-endian: they are millions of numbers at worst. */
export function bytesOfVectors(vectors: readonly Vector[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8 * vectors.reduce((sum, { length }) => sum + length, 0)));
  let offset = 0;
  for (const vector of vectors) {
    for (const number of vector) {
      bytes.setFloat64(offset, number, true);
      offset += 8;
    }
  }
  return new Uint8Array(bytes.buffer);
}

/** What is wrong with the vectors that came for a task; undefined: nothing. */
export function faultOfVectors(
  { inputs, dimensions }: EmbeddingTask,
  vectors: readonly Vector[],
): ProviderFailure | undefined {
  const malformed = (message: string): ProviderFailure => ({
    failureClass: 'MALFORMED',
    message,
    httpStatus: 200,
  });
  if (vectors.length !== inputs.length) {
    return malformed(`The provider answered ${inputs.length} inputs with ${vectors.length} vectors.`);
  }
  const length = vectors[0]?.length ?? 0;
  if (length === 0 || vectors.some((vector) => vector.length !== length)) {
    return malformed('The provider answered with vectors that are empty, or of several lengths.');
  }
  if (dimensions !== null && dimensions !== length) {
    const message = `This model does not shorten its vectors to ${dimensions} numbers: they have ${length}.`;
    return { failureClass: 'INVALID_REQUEST', message };
  }
  return undefined;
}
