type Json = Record<string, unknown>;

/** The count that stands for one that is none: the SDKs demand a number, and no reader of ours takes this one. */
export const NO_COUNT = -1;

/**
 * Marks of what the SDKs refuse a whole answer for, though the answer is there: a count, an index or an instant that
 * is no number, or beyond all numbers; a tool call whose arguments are no text; an `error` that is none. Inside a
 * JSON text's own strings quotes are escaped, so that what a model writes is not taken for one.
 */
const marks = new RegExp(
  [
    String.raw`"(?:\w+[tT]okens?|\w*TokenCount|created|created_at|\w*index|sequence_number)"\s*:\s*["ntf[{NI]`,
    String.raw`\d[eE]\+?\d{3}`,
    String.raw`"arguments"\s*:\s*[^"\s]`,
    String.raw`"function"\s*:\s*\{\s*"name"\s*:\s*"[^"]*"\s*\}`,
    String.raw`"usage(?:Metadata)?"\s*:\s*[^{n\s]`,
    String.raw`"error"\s*:\s*(?:null|false|"")`,
    String.raw`[:,[]\s*(?:NaN|-?Infinity)`,
  ].join('|'),
);

/** Whether a text may hold something to be mended; most do not, and are not even parsed. */
export function mayNeedMending(text: string): boolean {
  return marks.test(text);
}

/** The JSON text of an answer, or of a chunk of one, such that the SDKs read it; itself when nothing is amiss. */
export function mendJson(text: string): string {
  if (!mayNeedMending(text)) return text;
  const root = parse(text) ?? parse(withoutBareWords(text));
  if (!isObject(root)) return text;
  for (const owner of [root, root['message'], root['response']]) {
    if (!isObject(owner)) continue;
    mendUsage(owner, 'usage');
    mendUsage(owner, 'usageMetadata');
    mendNumbers(owner);
  }
  for (const choice of listOf(root['choices'])) {
    if (isObject(choice)) mendCalls(isObject(choice['message']) ? choice['message'] : choice['delta']);
  }
  const { error } = root;
  if (error === null || error === false || error === '') root['error'] = undefined;
  return JSON.stringify(root);
}

/** Python writes numbers that JSON does not have; what stands in strings stays. */
function withoutBareWords(text: string): string {
  // A string that was cut ends with the text: looked for again from each of its quotes it would take quadratic time.
  return text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*(?:"|$)|NaN|-?Infinity/gs, (found) =>
    found[0] === '"' ? found : String(NO_COUNT),
  );
}

function mendUsage(owner: Json, key: string): void {
  const usage = owner[key];
  if (usage === undefined || usage === null) return;
  if (isObject(usage)) mendCounts(usage);
  else owner[key] = undefined;
}

/** Counts stay what they are when they are numbers at all; which of them are plausible is for their reader to say. */
function mendCounts(counts: Json): void {
  for (const [name, value] of Object.entries(counts)) {
    // Most may be null, but not these of Responses and Anthropic.
    if (value === null && name !== 'input_tokens' && name !== 'output_tokens') continue;
    // Cohere's `tokens` are several counts.
    if (/.[tT]okens?$|TokenCount$/.test(name)) {
      if (!isNumber(value)) counts[name] = NO_COUNT;
    } else if (isObject(value)) mendCounts(value);
    // Google's details by modality, which nobody needs.
    else if (Array.isArray(value)) counts[name] = undefined;
  }
}

/** Where a chunk belongs and when it was made. */
const numbers = [
  'created',
  'created_at',
  'index',
  'output_index',
  'content_index',
  'summary_index',
  'sequence_number',
];

function mendNumbers(owner: Json): void {
  for (const name of numbers) {
    const value = owner[name];
    if (value !== undefined && value !== null && !isNumber(value)) owner[name] = numberIn(value);
  }
}

function mendCalls(message: unknown): void {
  if (!isObject(message)) return;
  for (const call of listOf(message['tool_calls'])) {
    if (!isObject(call)) continue;
    if ('index' in call && !isNumber(call['index']))
      call['index'] = call['index'] == null ? null : numberIn(call['index']);
    const called = call['function'];
    if (!isObject(called)) continue;
    const { arguments: args } = called;
    if (typeof args !== 'string')
      called['arguments'] = args === undefined || args === null ? '' : JSON.stringify(args);
  }
}

function numberIn(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  return isNumber(number) ? number : 0;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The SDK says what is wrong with it.
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
