import type { Place } from '../../events/resume.ts';

/** What tells a transition from another of its number: the beginning of its tag, as cursors carry it. */
export function transitionMark(tag: string): string {
  return tag.slice(0, 8);
}

/** Where a transition stands among all of them. */
export function transitionPlace({ seq, tag }: { readonly seq: bigint; readonly tag: string }): Place {
  return { seq: Number(seq), mark: transitionMark(tag) };
}

/** The text of a place among all transitions; clients pass it back as it is. */
export function encodeTransitionCursor({ seq, mark }: Place): string {
  return mark === null ? `t${seq}` : `t${seq}.${mark}`;
}

/** The place that a text names, 0 standing before the first; undefined when it names none. Earlier ones had no mark. */
export function decodeTransitionCursor(text: string): Place | undefined {
  const [, digits, mark = null] = /^t(\d{1,16})(?:\.([0-9a-f]{8}))?$/.exec(text) ?? [];
  const seq = Number(digits);
  return Number.isSafeInteger(seq) ? { seq, mark } : undefined;
}
