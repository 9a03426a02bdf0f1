/** What a text says; undefined: it is no JSON. A byte order mark may stand before it (RFC 8259 §8.1). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}
