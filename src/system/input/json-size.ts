/** How large JSON from a caller may be, beside its bytes. */
export interface JsonLimits {
  /** Values and names in it. */
  readonly values: number;
  /** Lists and objects within each other. */
  readonly levels: number;
}

/**
 * Values of one request at most: each costs the time of a hundred characters to read, check and pass on. Ten times
 * what the longest conversations have.
 */
export const MAX_JSON_VALUES = 100_000;

/** Lists and objects within each other, in one request at most. */
export const MAX_REQUEST_LEVELS = 1_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What every opening, closing and dividing character of JSON is worth: values that come with it, and levels. */
const marks: ReadonlyMap<number, readonly [values: number, levels: number]> = new Map([
  [0x5b, [1, 1]],
  [0x7b, [1, 1]],
  [0x5d, [0, -1]],
  [0x7d, [0, -1]],
  [0x2c, [1, 0]],
  [0x3a, [1, 0]],
]);

/**
 * What a JSON text exceeds, undefined: nothing. Looks at the text alone, in linear time and without parsing it, so
 * that it may be asked first; of a text that is no JSON it says what its brackets and commas say. Texts within it are
 * passed over.
 */
export function excessOf(text: string, limits: JsonLimits): 'values' | 'levels' | undefined {
  let values = 1;
  let levels = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfText(text, index);
      continue;
    }
    const mark = code > 0x2b ? marks.get(code) : undefined;
    if (mark === undefined) continue;
    values += mark[0];
    levels += mark[1];
    if (values > limits.values) return 'values';
    if (levels > limits.levels) return 'levels';
  }
  return undefined;
}

/** Where the text that begins here has its closing quote, or the end of everything. */
function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, place: number): boolean {
  let start = place;
  while (text.charCodeAt(start - 1) === BACKSLASH) start -= 1;
  return (place - start) % 2 === 1;
}

/**
 * What the text of a request as a whole exceeds. Deeper JSON than this is read by nobody here, and whoever writes it
 * again runs out of stack.
 */
export function excessOfRequest(text: string): 'values' | 'levels' | undefined {
  // A smaller one has room for neither.
  return text.length > MAX_REQUEST_LEVELS ? excessOf(text, requestLimits) : undefined;
}

const requestLimits: JsonLimits = { values: MAX_JSON_VALUES, levels: MAX_REQUEST_LEVELS };
