import type { InputIssue } from '../../system/input/issues.ts';
import type { Checked } from '../../system/input/reader.ts';
import { changeOf } from '../changes.ts';

/**
 * Collects what a source says about the rows of one table: the state in which each named row should be, and
 * every fault, placed in the source.
 */
export function createSourceTable<Row extends { readonly archivedAt: number | null }>(
  present: readonly Row[],
  keyOf: (row: Row) => string,
) {
  const former = new Map(present.map((row) => [keyOf(row), row]));
  const named = new Map<string, Row>();
  const issues: InputIssue[] = [];
  return {
    issues,
    /** The row as it is before the source is applied; null when there is none. */
    former: (key: string): Row | null => former.get(key) ?? null,
    /** Takes what the source makes of a row. `path` is where the source says it. */
    add(path: readonly string[], key: string, revision: Checked<Row>): void {
      if (!revision.ok) issues.push(...revision.issues.map((issue) => placeIssue(path, issue)));
      else if (named.has(key)) issues.push({ path: [...path, 'slug'], message: 'must not be named twice' });
      else named.set(key, revision.value);
    },
    /** Takes every row that the source does not name out of use. */
    archiveUnnamed(now: number): void {
      for (const [key, row] of former) {
        if (row.archivedAt === null && !named.has(key)) named.set(key, { ...row, archivedAt: now });
      }
    },
    /** Every row as the source leaves it. */
    all: (): readonly Row[] => [...new Map([...former, ...named]).values()],
    /** The rows that are new or different. */
    changed: (): readonly Row[] =>
      [...named]
        .filter(([key, row]) => changeOf(former.get(key) ?? null, row) !== undefined)
        .map(([, row]) => row),
  };
}

/** The rules speak of inputs; where a source calls or nests a field differently, its issue says so. */
function placeIssue(path: readonly string[], issue: InputIssue): InputIssue {
  const [field = '', ...rest] = issue.path;
  return { path: [...path, ...(sourcePlaces[field] ?? [field]), ...rest], message: issue.message };
}

const sourcePlaces: Readonly<Record<string, readonly string[]>> = {
  modelSlug: ['slug'],
  requestsPerMinute: ['limits', 'requestsPerMinute'],
  tokensPerMinute: ['limits', 'tokensPerMinute'],
};
