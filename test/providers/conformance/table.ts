import { rowNames, rows, type Row, type Standing } from './rows.ts';
import { standingOf } from './subject.ts';
import { subjects } from './subjects.ts';

const words: Readonly<Record<Standing['is'], string>> = {
  ...{ 'as asked': 'yes', adapted: 'adapted', refused: 'refused', absent: 'none', missing: 'not yet' },
};

/** The table of `docs/providers.md`, and below it why some cells are not `yes`. */
export function printedTable(): string {
  const head = ['', ...subjects.map(({ name }) => `\`${name}\``)];
  const body = rowNames.map((row) => [
    rows[row],
    ...subjects.map((subject) => words[standingOf(subject, row).is]),
  ]);
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...body].map((line) => line[column]?.length ?? 0)),
  );
  const lineOf = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lineOf(head), rule, ...body.map(lineOf), '', ...rowNames.flatMap(reasonsOf)].join('\n');
}

/** Why a row is not as asked: adapters with the same reason together, each with its reference. */
function reasonsOf(row: Row): string[] {
  const byReason = new Map<string, string[]>();
  for (const subject of subjects) {
    const standing = standingOf(subject, row);
    if (standing.is === 'as asked') continue;
    const reason = `${words[standing.is]}, since ${standing.why}`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), `[${subject.name}](${standing.source})`]);
  }
  return [...byReason].map(([reason, names]) => `- ${rows[row]}: ${reason} (${names.join('; ')}).`);
}
