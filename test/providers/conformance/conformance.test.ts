import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proofs } from './proofs/proofs.ts';
import { rowNames, rows } from './rows.ts';
import { openConformanceStage, type ConformanceStage } from './stage.ts';
import { standingOf } from './subject.ts';
import { subjects } from './subjects.ts';

let stage: ConformanceStage;
beforeAll(async () => {
  stage = await openConformanceStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const cells = subjects.flatMap((subject) =>
  rowNames.map((row) => ({
    subject,
    row,
    standing: standingOf(subject, row),
    name: `${subject.name}: ${rows[row]}`,
  })),
);

describe('each adapter, for each thing that can be asked or learnt', () => {
  it.each(cells)('$name', async ({ subject, row, standing }) => {
    if (standing.is === 'absent' || standing.is === 'missing') expect(standing.source).toMatch(/^https:\/\//);
    else await proofs[row](await stage.cell(subject), standing);
  });
});
