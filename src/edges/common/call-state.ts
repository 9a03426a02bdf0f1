/** Divides a tool call's id from what is carried with it. */
const MARK = '__swy1__';

/** What may stand in an id unchanged: every client takes letters, digits, `_` and `-`. */
const PLAIN = /[^A-Za-z0-9]/gu;

/**
 * The id under which a tool call goes to a client whose API has no place for what its provider wants back with the
 * result (a thought's signature, encrypted reasoning): every client sends ids back unchanged, whatever else of an answer
 * it drops. Nothing is kept here, so that any instance, at any time, can take the result. Without a state it is the id
 * alone.
 */
export function packCallId(id: string, providerState: string | undefined): string {
  return providerState === undefined ? id : `${id}${MARK}${escape(providerState)}`;
}

/** The provider's own id and state of a tool call that comes back; of an id that carries none it is the id alone. */
export function unpackCallId(packed: string): { readonly id: string; readonly providerState?: string } {
  const at = packed.lastIndexOf(MARK);
  if (at <= 0) return { id: packed };
  const providerState = unescape(packed.slice(at + MARK.length));
  return providerState === undefined ? { id: packed } : { id: packed.slice(0, at), providerState };
}

/** Percent-encoding (RFC 3986 §2.1) with `-` for `%`: a text of JSON and Base64 grows little by it. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(PLAIN, (character) =>
      /[-_.!~*'()]/.test(character)
        ? `-${character.charCodeAt(0).toString(16).toUpperCase()}`
        : encodeURIComponent(character).replaceAll('%', '-'),
    );
}

function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('-', '%'));
  } catch {
    // It is none of ours: an id that happens to look like one.
    return undefined;
  }
}
