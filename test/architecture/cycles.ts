import type { Import, Source } from './source.ts';

/** A way from a file back to itself: the edge that closes it, and the files on the way. */
export interface Cycle {
  readonly path: string;
  readonly edge: Import;
  readonly files: readonly string[];
}

/** One cycle for every edge that closes one, found depth first in order of path. Types count: they couple too. */
export function findCycles(sources: readonly Source[]): Cycle[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const way: string[] = [];
  const cycles: Cycle[] = [];
  const visit = (source: Source): void => {
    way.push(source.path);
    for (const edge of source.imports) {
      const start = way.indexOf(edge.target);
      if (start >= 0) cycles.push({ path: source.path, edge, files: [...way.slice(start), edge.target] });
      const next = byPath.get(edge.target);
      if (start < 0 && next !== undefined && !done.has(next.path)) visit(next);
    }
    way.pop();
    done.add(source.path);
  };
  for (const source of sources) if (!done.has(source.path)) visit(source);
  return cycles;
}
