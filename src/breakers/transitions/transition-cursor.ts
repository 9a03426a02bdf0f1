/** The text of a transition's place among all of them; clients pass it back as it is. */
export function encodeTransitionCursor(seq: bigint): string {
  return `t${seq}`;
}

/** The place that a text names, 0 standing before the first; undefined when it names none. */
export function decodeTransitionCursor(text: string): bigint | undefined {
  return /^t\d{1,18}$/.test(text) ? BigInt(text.slice(1)) : undefined;
}
