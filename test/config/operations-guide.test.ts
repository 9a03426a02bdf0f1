import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Variable } from '../../src/config/variable.ts';
import { variables } from '../../src/config/variables.ts';

function rowOf({ name, fallback, fallbackMeaning, meaning, allowed }: Variable<unknown>): string {
  return `| \`${name}\` | ${fallbackMeaning ?? `\`${String(fallback)}\``} | ${meaning} Must be ${allowed}. |`;
}

test('the operations guide has a row for every setting, and for no other', () => {
  const guide = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const rows = guide
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' '))
    .filter((line) => /^\| `[A-Z_]+`/.test(line));
  expect(rows).toEqual(Object.values<Variable<unknown>>(variables).map(rowOf));
});
