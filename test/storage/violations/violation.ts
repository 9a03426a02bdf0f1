import { insert, type Row, type TableName } from '../rows.ts';

/** Statements of which the last one breaks the constraint. */
export interface Violation {
  readonly constraint: string;
  readonly statements: readonly string[];
}

/** Rows of `table` that differ from a legal one by each of `changes`, all of which break the constraint. */
export function rows(table: TableName, constraint: string, ...changes: readonly Row[]): Violation[] {
  return changes.map((change) => ({
    constraint: `${table}_${constraint}`,
    statements: [insert(table, change)],
  }));
}

/** The last of the statements breaks the constraint. */
export function statements(constraint: string, ...sql: readonly string[]): Violation[] {
  return [{ constraint, statements: sql }];
}

/** Values just outside of 0..1. */
export const outOfShare = (column: string): Row[] => [{ [column]: '-0.01' }, { [column]: '1.01' }];
