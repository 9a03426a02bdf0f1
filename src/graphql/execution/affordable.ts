/** Contexts of operations whose complexity is known to be within the limits. */
const affordable = new WeakSet<object>();

/** Has an operation's complexity not counted again: it was, for whatever variables it may have. */
export function markAffordable(context: object): void {
  affordable.add(context);
}

/** Whether an operation's complexity need not be counted. */
export function isAffordable(context: object): boolean {
  return affordable.has(context);
}
