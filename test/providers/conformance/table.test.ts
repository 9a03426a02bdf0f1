import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noSettings } from '../../../src/providers/adapter-settings.ts';
import { lacksOf, type Lack } from '../../../src/providers/lacks.ts';
import { adapters } from '../../../src/providers/provider.ts';
import { sdkAdapters } from '../ai-sdk/asked.ts';
import { capabilitiesOf, modelsOf } from './catalog.ts';
import { exceptions } from './exceptions.ts';
import { rowNames, rowsOfCapability, type Row } from './rows.ts';
import { standingOf } from './subject.ts';
import { subjects } from './subjects.ts';
import { printedTable } from './table.ts';

/** The row that shows what becomes of each demand. */
const rowsOfLack: Readonly<Partial<Record<Lack, Row>>> = {
  ...{ STOP_SEQUENCES: 'stops', FORCED_TOOLS: 'forced tools', IMAGE_URLS: 'image urls' },
  ...{ DOCUMENTS: 'documents', DOCUMENT_URLS: 'document urls', AUDIO: 'audio' },
};

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

  it.each(Object.entries(rowsOfLack) as [Lack, Row][])(
    'lets plans count on %s exactly where it can be asked for',
    (lack, row) => {
      for (const column of subjects) {
        const { adapter, apiVersion = null, model } = column;
        const lacks = lacksOf({ adapter, settings: { ...noSettings, apiVersion } }, model);
        const { is } = standingOf(column, row);
        // What an API does not have may still be tried where it copies one that does.
        if (is !== 'absent')
          expect([column.name, lacks.includes(lack)]).toEqual([column.name, is === 'refused']);
      }
    },
  );

  it('has no model in the catalog that is said to be able to do what cannot be asked of it', () => {
    for (const adapter of [...sdkAdapters, 'google-vertex' as const]) {
      for (const { slug, capabilities } of modelsOf(adapter)) {
        const lacks: readonly string[] = lacksOf({ adapter, settings: noSettings }, slug);
        expect(capabilities.filter((capability) => lacks.includes(capability))).toEqual([]);
      }
    }
  });

  it('makes no exception for what it does not have', () => {
    const names = subjects.map(({ name }) => name);
    for (const [row, standings] of Object.entries(exceptions)) {
      expect(rowNames).toContain(row);
      for (const name of Object.keys(standings)) expect(names).toContain(name);
    }
  });
});
