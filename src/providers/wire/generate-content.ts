import { givesReason } from './ending.ts';
import {
  anything,
  counts,
  either,
  flag,
  isJson,
  list,
  nothing,
  object,
  orElse,
  text,
  word,
  type Json,
  type Rule,
} from './sound-json.ts';
import { reason, type WireDialect } from './wire.ts';

const called = object(
  {
    functionCall: object({
      id: text,
      name: orElse(word, ''),
      args: anything,
      partialArgs: nothing,
      willContinue: nothing,
    }),
    thoughtSignature: text,
  },
  ['functionCall'],
);

const said = object(
  {
    text: word,
    thought: flag,
    thoughtSignature: text,
    executableCode: nothing,
    codeExecutionResult: nothing,
  },
  ['text'],
);

/** The parts that we can hand on; a part has no type but the field that it is made of. */
const part = either(called, said);

const candidate = object({
  content: object({ parts: list(part) }),
  finishReason: reason,
  finishMessage: text,
  continuationToken: text,
  safetyRatings: nothing,
  groundingMetadata: nothing,
  urlContextMetadata: nothing,
});

const unused = object({ trafficType: nothing, serviceTier: nothing });
const usage: Rule = (value) => either(unused, text)(counts(value));

const response = object({
  responseId: text,
  candidates: list(candidate),
  usageMetadata: usage,
  promptFeedback: object({ blockReason: reason, safetyRatings: nothing }),
});

/** What a chunk is about; one without any of them says nothing. */
const told = ['candidates', 'usageMetadata', 'promptFeedback'];

/**
 * Google's generateContent (https://ai.google.dev/api/generate-content). Its streams have no marker: their last chunk
 * is the one with a reason, and older models put one into every chunk.
 */
export const generateContent: WireDialect = {
  answer: response,
  event(value) {
    const sound = response(value);
    return isJson(sound) && told.some((name) => sound[name] != null) ? sound : undefined;
  },
  endingOf: (event) => (hasReason(event) ? 'reason' : undefined),
  closing: undefined,
};

function hasReason({ candidates, promptFeedback }: Json): boolean {
  const [first] = Array.isArray(candidates) ? (candidates as readonly unknown[]) : [];
  return (
    (isJson(first) && givesReason(first['finishReason'])) ||
    (isJson(promptFeedback) && givesReason(promptFeedback['blockReason']))
  );
}
