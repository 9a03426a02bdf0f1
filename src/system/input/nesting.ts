/**
 * Whether a JSON value has lists and objects in each other at most `levels` deep: what is deeper by thousands
 * overflows the stack of whoever walks it.
 */
export function nestsAtMost(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => nestsAtMost(inner, levels - 1));
}

/** How deep JSON from a caller may nest: several times what people write. */
export const MAX_JSON_NESTING = 64;
