import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adapters } from '../../../src/providers/provider.ts';
import { sdkAdapters } from '../ai-sdk/asked.ts';
import { capabilitiesOf } from './catalog.ts';
import { exceptions } from './exceptions.ts';
import { rowNames, rowsOfCapability } from './rows.ts';
import { standingOf } from './subject.ts';
import { subjects } from './subjects.ts';
import { printedTable } from './table.ts';

describe('the table of what each adapter can', () => {
  it('has every adapter', () => {
    const called = adapters.filter((adapter) => adapter !== 'simulated');
    expect([...new Set(subjects.map(({ adapter }) => adapter))].toSorted()).toEqual(called.toSorted());
  });

  it('is what docs/providers.md prints', () => {
    const guide = readFileSync(new URL('../../../docs/providers.md', import.meta.url), 'utf8');
    expect(guide).toContain(printedTable());
  });

  it.each([...sdkAdapters, 'google-vertex' as const])(
    'has a proved cell for each capability that the catalog gives to a model of %s',
    (adapter) => {
      const columns = subjects.filter((subject) => subject.adapter === adapter);
      for (const capability of capabilitiesOf(adapter)) {
        for (const row of rowsOfCapability[capability] ?? []) {
          for (const column of columns) {
            const { is } = standingOf(column, row);
            expect([capability, row, is]).toEqual([
              capability,
              row,
              expect.toBeOneOf(['as asked', 'adapted']),
            ]);
          }
        }
      }
    },
  );

  it('makes no exception for what it does not have', () => {
    const names = subjects.map(({ name }) => name);
    for (const [row, standings] of Object.entries(exceptions)) {
      expect(rowNames).toContain(row);
      for (const name of Object.keys(standings)) expect(names).toContain(name);
    }
  });
});
