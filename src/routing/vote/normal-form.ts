/** Longer texts are compared as they are: normalising may make a text many times as long. */
export const MOST_NORMALISED_CHARACTERS = 20_000;

/** Longer texts are no JSON here. */
export const MOST_JSON_CHARACTERS = 50_000;

/** Values that lie deeper are compared as texts. */
export const MOST_DEPTH = 64;

/**
 * More marks on one letter than any text has (Unicode's Stream-Safe Text Format): to sort them takes the square of their
 * number. Two letters become marks when they are normalised.
 */
const PILED_MARKS = /[\p{M}\uff9e\uff9f]{31}/u;

/** What opens a quotation, a bracket or an emphasis. */
const OPENING = /[\p{Ps}\p{Pi}\p{Pf}"'`*_¿¡ ]/u;

/** What closes one, or ends a sentence. */
const CLOSING = /[\p{Pe}\p{Pi}\p{Pf}"'`*_.,;:!?。、 ]/u;

/**
 * What two texts have in common that say the same: Unicode's compatibility form, lower case, one blank for any white
 * space, nothing around it that only frames or ends it. Signs that belong to a value (`-`, `%`, a decimal point) stay.
 */
export function normalText(text: string): string {
  if (text.length > MOST_NORMALISED_CHARACTERS || PILED_MARKS.test(text)) return text;
  const lower = text.normalize('NFKC').toLowerCase().normalize('NFKC');
  const even = lower.replace(/\s+/gu, ' ');
  let [from, to] = [0, even.length];
  // By hand: an expression for the end would try every run of such signs in the text.
  while (from < to && OPENING.test(even.charAt(from))) from += 1;
  while (to > from && CLOSING.test(even.charAt(to - 1))) to -= 1;
  return from < to ? even.slice(from, to) : even.trim();
}

/**
 * The value of a JSON text, as a text that is the same for the same value, whatever the order of its keys and the form of
 * its numbers; undefined: it is none, lies too deep, or is too long.
 */
export function normalJson(text: string): string | undefined {
  if (text.length > MOST_JSON_CHARACTERS) return undefined;
  let value: unknown;
  try {
    value = parseExactly(text);
  } catch {
    // What is no JSON, or lies deeper than it can be read, is an answer like any other.
    return undefined;
  }
  return write(value, MOST_DEPTH);
}

/**
 * What a text says that is one block of code and nothing else: models that have no mode for JSON frame it so, whatever
 * they are told. Any other text is what it is.
 */
export function unframed(text: string): string {
  if (text.length > MOST_JSON_CHARACTERS) return text;
  const framed = text.trim();
  const start = framed.indexOf('\n');
  if (start === -1 || framed.length - start < 4 || !framed.endsWith('\n```')) return text;
  return /^```[a-z\d]{0,10} *$/i.test(framed.slice(0, start)) ? framed.slice(start + 1, -4) : text;
}

/** A number as it was written: many are close to one that a number here can hold, and not the same. */
class Figure {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

function parseExactly(text: string): unknown {
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === 'number' ? new Figure(source ?? String(value)) : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

function write(value: unknown, depth: number): string | undefined {
  if (value instanceof Figure) return normalNumber(value.text);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth === 0) return undefined;
  if (Array.isArray(value)) {
    return joined(
      '[',
      value.map((item: unknown) => write(item, depth - 1)),
      ']',
    );
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  const fields = entries
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => {
      const written = write(field, depth - 1);
      return written === undefined ? undefined : `${JSON.stringify(name)}:${written}`;
    });
  return joined('{', fields, '}');
}

function joined(open: string, parts: readonly (string | undefined)[], close: string): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(',')}${close}`;
}

const JSON_NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,15}))?$/;

/** The digits that a JSON number has, without zeros around them, and the power of ten that they stand for. */
function normalNumber(text: string): string {
  const [, sign, whole = '', fraction = '', power = '0'] = JSON_NUMBER.exec(text) ?? [];
  // Nobody means such a power of ten; it is the same as itself.
  if (sign === undefined) return text;
  const digits = whole + fraction;
  let [from, to] = [0, digits.length];
  while (from < to && digits[from] === '0') from += 1;
  while (to > from && digits[to - 1] === '0') to -= 1;
  if (from === to) return '0';
  return `${sign}${digits.slice(from, to)}e${Number(power) - fraction.length + digits.length - to}`;
}
