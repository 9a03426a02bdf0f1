/**
 * Whether a JSON value has lists and objects in each other at most `levels` deep: what is deeper by thousands
 * overflows the stack of whoever walks it.
 */
export function nestsAtMost(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels <= 0) return false;
  // Lists of what has no parts, and objects of many names, take no memory to walk.
  for (const name in value) {
    const inner = (value as Record<string, unknown>)[name];
    if (typeof inner === 'object' && !nestsAtMost(inner, levels - 1)) return false;
  }
  return true;
}

/** Whether a JSON value has at most so many values in it, names and itself counted. Expects one of bounded depth. */
export function hasAtMostValues(value: unknown, values: number): boolean {
  const waiting = [value];
  let count = 0;
  while (waiting.length > 0) {
    const next = waiting.pop();
    if ((count += 1) > values) return false;
    if (typeof next !== 'object' || next === null) continue;
    for (const name in next) waiting.push((next as Record<string, unknown>)[name]);
    if (count + waiting.length > values) return false;
  }
  return true;
}

/** How deep JSON from a caller may nest: several times what people write. */
export const MAX_JSON_NESTING = 64;
