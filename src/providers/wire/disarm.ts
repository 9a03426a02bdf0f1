/** Deeper than any answer is; what walks JSON by calling itself runs out of stack some thousands further down. */
const maxDepth = 256;

/** Names of keys that reach into prototypes; escaped they may look like anything. */
const armed = /__proto__|constructor|\\u/;

/**
 * Takes out of JSON, parsed from this text, the keys that reach into prototypes, for which the SDK throws a whole
 * answer away: they are a model's words, and no fault of its provider. Says whether there were any, or that it is
 * nested too deeply for anybody to walk. A text that is short and knows no such name is not even walked.
 */
export function disarm(root: unknown, text: string): 'as it was' | 'disarmed' | 'too deep' {
  if (text.length <= 2 * maxDepth && !armed.test(text)) return 'as it was';
  let level: object[] = isObject(root) ? [root] : [];
  let wasArmed = false;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return 'too deep';
    const below: object[] = [];
    for (const node of level) {
      if (dropPrototypes(node)) wasArmed = true;
      for (const child of Object.values(node)) if (isObject(child)) below.push(child);
    }
    level = below;
  }
  return wasArmed ? 'disarmed' : 'as it was';
}

function dropPrototypes(node: object): boolean {
  const isArmed = drop(node, '__proto__');
  if (!Object.hasOwn(node, 'constructor')) return isArmed;
  const { constructor } = node as { constructor: unknown };
  return (isObject(constructor) && drop(constructor, 'prototype')) || isArmed;
}

function drop(node: object, name: string): boolean {
  return Object.hasOwn(node, name) && Reflect.deleteProperty(node, name);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
