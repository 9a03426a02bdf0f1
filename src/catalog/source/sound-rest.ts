import type { InputIssue } from '../../system/input/issues.ts';

type Node = Record<string, unknown>;

/**
 * What is left of a parsed catalog without the places that have the wrong shape, so that everything else can still be
 * judged. Where something cannot be left out, something sound stands in: nothing is applied of what is returned here,
 * and whatever is said of places at or below the faulty ones is to be passed over.
 */
export function soundRest(value: unknown, faults: readonly InputIssue[]): unknown {
  const rest = JSON.parse(JSON.stringify(value ?? null)) as unknown;
  faults.forEach(({ path }, index) => {
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((node, step) => (isNode(node) ? node[step] : undefined), rest);
    const name = path.at(-1);
    if (!isNode(parent) || name === undefined) return;
    if (name === 'slug') parent[name] = `unnamed-${index}`;
    else if (name === 'adapter') parent[name] = 'openai';
    else if (!Array.isArray(parent)) Reflect.deleteProperty(parent, name);
    else parent[Number(name)] = standIn(path.at(-2), `unnamed-${index}`);
  });
  return rest;
}

/** Whether an issue is at or below one of these places. */
export function isWithin({ path }: InputIssue, faults: readonly InputIssue[]): boolean {
  return faults.some((fault) => fault.path.every((step, index) => path[index] === step));
}

/** A sound entry of a list. */
function standIn(list: string | undefined, slug: string): unknown {
  if (list === 'prices') return { inputUsdPerMillionTokens: 0, outputUsdPerMillionTokens: 0 };
  if (list === 'providers') return { slug, adapter: 'openai' };
  return list === 'models' ? { slug } : '';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
