/** Control characters (Postgres stores no NUL), halves of surrogate pairs, separators of lines and paragraphs. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

const eachUnprintable = new RegExp(UNPRINTABLE, 'gu');

/** Whether a text can be stored, compared and shown anywhere on one line. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** A text as it may be shown: cut where it has more than `most` characters, and without what cannot be printed. */
export function showText(text: string, most: number): string {
  const short = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return short.replaceAll(eachUnprintable, '\uFFFD');
}
