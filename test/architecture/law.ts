import { posix } from 'node:path';
import { findCycles } from './cycles.ts';
import { objectionTo } from './import-law.ts';
import { placeOf } from './place.ts';
import type { Source } from './source.ts';
import { objectionToUse } from './use-law.ts';

/** A file breaks the law of the architecture. `reason` completes the sentence "file:line …". */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly reason: string;
}

/** The most files that a folder holds beside its sub-folders: more are not taken in at a glance. */
const MAX_FILES = 25;

/** Everything that is wrong with these files, by path and line. */
export function violationsOf(sources: readonly Source[]): Violation[] {
  const cycles = findCycles(sources).map(({ path, edge, files }) => ({
    path,
    line: edge.line,
    reason: `closes a cycle (${files.join(' → ')}): neither file can be understood alone; move what both need below`,
  }));
  return [...sources.flatMap(violationsWithin), ...cycles, ...crowdedFolders(sources)].sort((a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line,
  );
}

/** The first file too many of each folder that has them. */
function crowdedFolders(sources: readonly Source[]): Violation[] {
  const folders = Map.groupBy(sources, ({ path }) => posix.dirname(path));
  return [...folders].flatMap(([folder, { length, [MAX_FILES]: first }]) => {
    if (first === undefined) return [];
    const reason = `is one of ${length} files in ${folder}: give a folder of more than ${MAX_FILES} rooms`;
    return [{ path: first.path, line: 1, reason }];
  });
}

function violationsWithin(source: Source): Violation[] {
  const found: Violation[] = [];
  const report = (line: number, reason: string | undefined) => {
    if (reason !== undefined) found.push({ path: source.path, line, reason });
  };
  if (placeOf(source.path).rank === null) {
    report(
      1,
      'stands in no folder that the table of levels knows: give the folder a level in test/architecture/place.ts',
    );
  }
  if (/(^|\/)index\.ts$/.test(source.path))
    report(1, 'is a barrel: import a thing from the file where it lives');
  for (const edge of source.imports) report(edge.line, objectionTo(source, edge));
  for (const use of source.uses) report(use.line, objectionToUse(source.path, use));
  return found;
}
