import type { Vector } from '../../providers/embedding.ts';
import type { RouteSuccess } from '../../routing/record/call-end.ts';
import { factObject, type AnswerFacts } from '../common/answer-facts.ts';
import { JsonParts } from '../common/json-parts.ts';
import type { EmbeddingsCall } from './parse-embeddings.ts';

/** The Base64 of a vector as 32-bit floats, little-endian. */
export type PackVector = (vector: Vector) => string;

/** Makes the body of an answer: a vector for each input, in their order, each made a text of when its turn comes. */
export function createEmbeddingsWording(pack: PackVector) {
  return ({ view, end }: RouteSuccess, { encodingFormat }: EmbeddingsCall, facts: AnswerFacts): JsonParts => {
    const { vectors, usage } = end.answer;
    // A key says what it was used for: no other answer can come under it.
    if (vectors === undefined) throw new Error('A call for vectors was answered without any');
    const write = (vector: Vector) => (encodingFormat === 'base64' ? pack(vector) : vector);
    const notices = view.decision.attempts.at(-1)?.notices ?? [];
    const rest = {
      model: end.modelKey,
      usage: { prompt_tokens: usage.inputTokens, total_tokens: usage.inputTokens },
      switchyard: { ...factObject(facts), notices },
    };
    return new JsonParts(textsOf(vectors, write, rest));
  };
}

function* textsOf(
  vectors: readonly Vector[],
  write: (vector: Vector) => string | Vector,
  rest: object,
): Generator<string, void, void> {
  yield '{"object":"list","data":[';
  for (const [index, vector] of vectors.entries()) {
    if (index > 0) yield ',';
    yield JSON.stringify({ object: 'embedding', index, embedding: write(vector) });
  }
  yield `],${JSON.stringify(rest).slice(1)}`;
}
