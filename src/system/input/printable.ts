/** Control characters (Postgres stores no NUL), halves of surrogate pairs, separators of lines and paragraphs. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Whether a text can be stored, compared and shown anywhere on one line. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}
