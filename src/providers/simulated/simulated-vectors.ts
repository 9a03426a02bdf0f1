import type { EmbeddingInput, EmbeddingTask, Vector } from '../embedding.ts';
import { estimateEmbeddingTokens } from '../estimate-tokens.ts';
import type { ProviderAnswer } from '../provider.ts';

/** How many numbers a vector has, where nobody has said. */
const USUAL_DIMENSIONS = 256;

/** Of each word, so many numbers of the vector tell. */
const MARKS_PER_WORD = 8;

/**
 * Vectors of unit length that texts with words in common have in common as well: the same text has the same vector, on
 * any machine. They know nothing of meaning.
 */
export function simulatedVectors(task: EmbeddingTask): ProviderAnswer {
  return {
    text: '',
    toolCalls: [],
    finishReason: 'stop',
    vectors: task.inputs.map((input) => vectorOf(input, task.dimensions ?? USUAL_DIMENSIONS)),
    usage: { inputTokens: estimateEmbeddingTokens(task), outputTokens: 0, reasoningTokens: 0 },
  };
}

function vectorOf(input: EmbeddingInput, dimensions: number): Vector {
  const vector = new Array<number>(dimensions).fill(0);
  const words = typeof input === 'string' ? wordsOf(input) : input.map(String);
  for (const word of words) {
    let state = hashOf(word);
    for (let mark = 0; mark < MARKS_PER_WORD; mark += 1) {
      state = nextOf(state);
      const place = state % dimensions;
      vector[place] = (vector[place] ?? 0) + ((state >>> 16) % 2 === 0 ? 1 : -1);
    }
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  // Words may undo each other: then the first number stands for all.
  if (length === 0) return vector.map((_, place) => (place === 0 ? 1 : 0));
  return vector.map((value) => value / length);
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text];
}

/** FNV-1a of 32 bits over UTF-16 code units. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index += 1) {
    hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** Marsaglia's xorshift of 32 bits; 0 would stay 0. */
function nextOf(state: number): number {
  let next = state === 0 ? 1 : state;
  next ^= next << 13;
  next ^= next >>> 17;
  next ^= next << 5;
  return next >>> 0;
}
