/** The content codings (RFC 9110 §8.4.1, RFC 8878) that can be undone. */
export type ContentCoding = 'gzip' | 'deflate' | 'br' | 'zstd';

const known: ReadonlyMap<string, ContentCoding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);

/** More codings on top of each other than this are nobody's honest doing. */
const maxCodings = 4;

/**
 * The codings of a body in the order in which they are to be undone, by its `content-encoding`. None when one of
 * them is unknown, as browsers have it: headers such as `utf-8` stand over bodies that need no decoding at all.
 */
export function codingsToUndo(header: string | undefined): readonly ContentCoding[] {
  if (header === undefined) return [];
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const applied = names.filter((name) => name !== '' && name !== 'identity').map((name) => known.get(name));
  if (applied.length > maxCodings) return [];
  const codings = applied.filter((coding) => coding !== undefined);
  return codings.length === applied.length ? codings.reverse() : [];
}
