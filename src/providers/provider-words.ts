/** What must not be repeated of a provider's words: they are kept with the decision, and a provider may echo anything. */
export interface Unspoken {
  /** The credential that the provider was called with. */
  readonly credential: string | null;
  /** What the caller said: prompts are kept nowhere. */
  readonly texts: readonly string[];
}

/** What looks like a credential, or names one: keys by their usual beginnings, tokens, passwords in URLs. */
const credentials: readonly (readonly [RegExp, string])[] = [
  [/\/\/[^\s/@]*:[^\s/@]*@/g, '//…@'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 …'],
  [/\b(sk|pk|rk|gsk|xai|pplx|hf|ghp|gho|nvapi|swy)[-_*][\w*.…-]+/g, '…'],
  [/\b(AKIA|ASIA|AIza|eyJ)[\w*.…-]{8,}/g, '…'],
  // Masked, with its ends left.
  [/[\w-]*\*{2,}[\w*-]*/g, '…'],
  // Long, and of letters and digits: nobody's word.
  [/(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=-]{24,}/gi, '…'],
  [/[\w+/=-]{48,}/g, '…'],
];

/** As much of the words as is looked at: what is quoted is shorter. */
const MOST_READ_CHARS = 1_000;

/** What is shorter is a placeholder, and a piece of many words. */
const LEAST_CREDENTIAL_CHARS = 6;

/** Fewer letters in a row are no quotation of the caller. */
const LEAST_ECHO_CHARS = 12;

/** The most of the caller's texts that is searched for what the words repeat, so that an error costs no second. */
const MOST_SEARCHED_CHARS = 1_000_000;

/**
 * A provider's own words as they may be shown and kept: a sentence to be put behind ours, of at most `mostChars`,
 * printable on one line, without credentials and without what the caller said. Empty when nothing is left to say.
 */
export function quoteProvider(words: string, mostChars: number, unspoken?: Unspoken): string {
  const room = mostChars - ' It said: “”'.length;
  let text = onOneLine(words.slice(0, MOST_READ_CHARS));
  const credential = unspoken?.credential ?? '';
  if (credential.length >= LEAST_CREDENTIAL_CHARS) text = text.replaceAll(credential, '…');
  for (const [pattern, instead] of credentials) text = text.replaceAll(pattern, instead);
  text = withoutEcho(cut(text, Math.max(0, 2 * room)), unspoken?.texts ?? []);
  text = cut(text, room).trim();
  return /[\p{L}\p{N}]/u.test(text) && room > 0 ? ` It said: “${text}”` : '';
}

function onOneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Z}\s]+/gu, ' ').trim();
}

function cut(text: string, mostChars: number): string {
  return text.length <= mostChars
    ? text
    : `${text.slice(0, Math.max(0, mostChars - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** The words without runs of whole words that some text of the caller holds as well. */
function withoutEcho(words: string, texts: readonly string[]): string {
  const searched = texts
    .join('\n')
    .slice(0, MOST_SEARCHED_CHARS)
    .replaceAll(/\s\s+|[^\S ]/g, ' ');
  let kept = '';
  for (let at = 0; at < words.length;) {
    const echoed = echoLength(words, at, searched);
    const step = echoed > 0 ? echoed : wordLength(words, at);
    kept += echoed > 0 ? '…' : words.slice(at, at + step);
    at += step;
  }
  return kept;
}

/** How many characters from here on repeat what was searched, at its longest place; 0 when too few. */
function echoLength(words: string, from: number, searched: string): number {
  let length = 0;
  let sought = words.slice(from, from + LEAST_ECHO_CHARS);
  if (sought.length < LEAST_ECHO_CHARS) return 0;
  for (let at = searched.indexOf(sought); at !== -1; at = searched.indexOf(sought, at + 1)) {
    length = sought.length;
    while (from + length < words.length && searched[at + length] === words[from + length]) length += 1;
    // Only a longer one is of interest from here on.
    sought = words.slice(from, from + length + 1);
    if (sought.length === length) break;
  }
  return length;
}

/** To the end of this word and what parts it from the next. */
function wordLength(words: string, from: number): number {
  return /^[\p{L}\p{N}_-]*[^\p{L}\p{N}_-]*/u.exec(words.slice(from))?.[0].length || 1;
}
