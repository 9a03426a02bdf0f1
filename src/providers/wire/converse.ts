import { givesReason } from './ending.ts';
import { NO_COUNT } from './mend.ts';
import {
  anything,
  counts,
  either,
  isJson,
  list,
  nothing,
  number,
  object,
  orElse,
  text,
  word,
  type Json,
  type Rule,
} from './sound-json.ts';
import type { WireDialect } from './wire.ts';

/** The SDK insists on three counts; what was not told is marked. */
const counted: Rule = (value) => {
  const sound = object({ cacheDetails: nothing, serverToolUsage: nothing })(value);
  const told = counts(sound);
  if (!isJson(told)) return undefined;
  const marks = {
    inputTokens: orElse(number, NO_COUNT),
    outputTokens: orElse(number, NO_COUNT),
    totalTokens: orElse(number, 0),
  };
  return object(marks)(told);
};

/** What we make no use of, and the SDK reads closely. */
const unused = { trace: nothing, performanceConfig: nothing, serviceTier: nothing, metrics: nothing };

const thought = either(
  object({ reasoningText: object({ text: orElse(word, ''), signature: text }) }, ['reasoningText']),
  either(
    object({ redactedContent: word }, ['redactedContent']),
    object({ redactedReasoning: object({ data: word }, ['data']) }, ['redactedReasoning']),
  ),
);

const toolUse = object({ toolUseId: word, name: word, input: orElse(anything, {}) }, ['toolUseId', 'name']);

/** A block has no type but the field that it is made of. */
const block = either(
  object({ text: word }, ['text']),
  either(object({ toolUse }, ['toolUse']), object({ reasoningContent: thought }, ['reasoningContent'])),
);

const index = orElse(number, 0);

const thoughtPiece = either(
  object({ text: word }, ['text']),
  either(
    object({ signature: word }, ['signature']),
    either(object({ redactedContent: word }, ['redactedContent']), object({ data: word }, ['data'])),
  ),
);

const piece = either(
  object({ text: word }, ['text']),
  either(
    object({ toolUse: object({ input: word }, ['input']) }, ['toolUse']),
    object({ reasoningContent: thoughtPiece }, ['reasoningContent']),
  ),
);

const started = object({ toolUse }, ['toolUse']);

/** Each event has the name of its message for its only field. */
const events: Readonly<Record<string, Rule>> = {
  contentBlockStart: object({ contentBlockIndex: index, start: started }),
  contentBlockDelta: object({ contentBlockIndex: index, delta: piece }, ['delta']),
  contentBlockStop: object({ contentBlockIndex: index }),
  messageStop: object({ stopReason: orElse(word, ''), additionalModelResponseFields: nothing }),
  metadata: object({ ...unused, usage: counted }),
};

/**
 * Bedrock's Converse (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html). Its
 * stream ends with `metadata`, which counts; the reason comes before it.
 */
export const converse: WireDialect = {
  answer: object(
    {
      ...unused,
      output: object(
        { message: object({ role: orElse(word, 'assistant'), content: orElse(list(block), []) }) },
        ['message'],
      ),
      stopReason: orElse(word, ''),
      additionalModelResponseFields: nothing,
      usage: orElse(counted, { inputTokens: NO_COUNT, outputTokens: NO_COUNT, totalTokens: 0 }),
    },
    ['output'],
  ),
  event(value) {
    if (!isJson(value)) return undefined;
    const [name = ''] = Object.keys(value);
    const sound = Object.hasOwn(events, name) ? events[name]?.(value[name]) : undefined;
    return sound === undefined ? undefined : { [name]: sound };
  },
  endingOf({ messageStop, metadata }: Json) {
    if (metadata !== undefined) return 'marker';
    return isJson(messageStop) && givesReason(messageStop['stopReason']) ? 'reason' : undefined;
  },
  closing: undefined,
};

/** The statuses of the errors that a stream tells by name. */
const statuses: Readonly<Record<string, number>> = {
  internalServerException: 500,
  modelStreamErrorException: 500,
  modelTimeoutException: 504,
  serviceUnavailableException: 503,
  throttlingException: 429,
  validationException: 400,
  accessDeniedException: 403,
};

/** An error of a stream in the words that every other provider tells its own in. */
export function tellException(name: string, payload: unknown): Json {
  const said = isJson(payload) ? payload['message'] : undefined;
  return {
    error: {
      code: name,
      ...(Object.hasOwn(statuses, name) && { status: statuses[name] }),
      message: typeof said === 'string' ? said : '',
    },
  };
}
