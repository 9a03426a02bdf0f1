type Json = Readonly<Record<string, unknown>>;

/**
 * Whether a parsed body, or a chunk of one, is about an error, in any dialect. `error: null`, `false` and `""` are
 * none, and neither is MiniMax' `base_resp` with the code 0 that each of its answers has.
 */
export function tellsError(body: unknown): boolean {
  const root = asObject(Array.isArray(body) ? body[0] : body);
  const response = asObject(root['response']);
  const errors = [root['error'], response['error'], choiceOf(root)['error'], asList(root['errors'])[0]];
  const refusal = asObject(root['base_resp'])['status_code'];
  return (
    errors.some(saysSomething) ||
    root['type'] === 'error' ||
    root['object'] === 'error' ||
    root['status'] === 'failed' ||
    response['status'] === 'failed' ||
    (refusal != null && refusal !== 0)
  );
}

/** `null`, `false`, `0`, `""`, `{}` and `[]` are no errors. */
function saysSomething(error: unknown): boolean {
  return typeof error === 'object' && error !== null ? Object.keys(error).length > 0 : Boolean(error);
}

/**
 * The word that a parsed body, or a chunk of one, gives for its end, beyond what the SDKs make of it: OpenRouter's
 * upstream, a Responses object that has not come to its end, a blocked prompt. Undefined when it gives none.
 */
export function endingWord(body: unknown): string | undefined {
  const root = asObject(body);
  const response = asObject(finalEvents.has(root['type']) ? root['response'] : root);
  const choice = choiceOf(root);
  const candidate = asObject(asList(root['candidates'])[0]);
  const words = [
    choice['native_finish_reason'],
    choice['finish_reason'],
    candidate['finishReason'],
    asObject(root['promptFeedback'])['blockReason'],
    root['stop_reason'],
    root['stopReason'],
    asObject(root['messageStop'])['stopReason'],
    asObject(root['delta'])['stop_reason'],
    asObject(response['incomplete_details'])['reason'],
    // Of a Chat Completion and its chunks this is no word for an end.
    response['output'] === undefined ? undefined : response['status'],
  ];
  return words.find((word) => typeof word === 'string' && word !== '') as string | undefined;
}

/**
 * The text at which a parsed body, or a chunk of one, says that the model stopped: Anthropic, Bedrock where it is asked
 * for Anthropic's own fields, and vLLM and who serves by it. Undefined when it says none.
 */
export function stopSequenceIn(body: unknown): string | undefined {
  const root = asObject(body);
  const texts = [
    root['stop_sequence'],
    asObject(root['delta'])['stop_sequence'],
    choiceOf(root)['stop_reason'],
    ...[root, asObject(root['messageStop'])].map(
      (owner) => asObject(asObject(owner['additionalModelResponseFields'])['delta'])['stop_sequence'],
    ),
  ];
  return texts.find((text) => typeof text === 'string' && text !== '') as string | undefined;
}

/** The events of a Responses stream whose `response` is a whole one; before them each says `in_progress`. */
const finalEvents: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
]);

function choiceOf(root: Json): Json {
  return asObject(asList(root['choices'])[0]);
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
