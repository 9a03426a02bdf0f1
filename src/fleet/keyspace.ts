/** What names of keys and channels begin with where nothing else is configured. */
export const DEFAULT_PREFIX = 'switchyard';

/** What a prefix may be: no braces, which would move the hash tag. */
export const PREFIX_PATTERN = /^[A-Za-z0-9_.:-]{1,64}$/;

/**
 * How every key and channel of an installation begins. What stands in braces is a cluster's hash tag: all of them lie
 * in one slot, on one node, where one connection reaches them and one script may touch several.
 */
export function keyspaceOf(prefix: string): string {
  return `${prefix}:{fleet}:`;
}
