import { expect, test } from 'vitest';
import { tally, tallyLine, type Run } from './report.ts';

const run = (passed: number, failed: number, more: Record<string, unknown> = {}, exitCode = 0): Run => ({
  exitCode,
  report: JSON.stringify({ numPassedTests: passed, numFailedTests: failed, ...more }),
});

const lineOf = (runs: readonly Run[], failedSteps = 0) => tallyLine(tally(runs, failedSteps));

test('good runs say how many tests passed together', () => {
  expect(lineOf([run(12, 0)])).toBe('12 passed, 0 failed');
  expect(lineOf([run(12, 0), run(30, 0)])).toBe('42 passed, 0 failed');
});

test('skipped tests are told', () => {
  const skipping = run(12, 0, { numPendingTests: 2, numTodoTests: 1 });
  expect(lineOf([skipping, skipping])).toBe('24 passed, 0 failed, 6 skipped');
});

test('a failed step is a failure although every test passed', () => {
  expect(lineOf([run(12, 0)], 2)).toBe('12 passed, 2 failed');
});

test('failed tests are counted once, however they made their run end', () => {
  expect(lineOf([run(12, 4, {}, 1), run(3, 1, {}, 1)])).toBe('15 passed, 5 failed');
});

test('a run that ended badly without a failing test never looks like a good one', () => {
  expect(lineOf([run(12, 0, {}, 1), run(30, 0)])).toBe('42 passed, 1 failed');
});

test.each([
  ['none', null],
  ['an empty one', ''],
  ['one that was cut short', '{"numPassedTests": 12, "numFai'],
  ['no object', '[null, 7]'],
  ['null', 'null'],
  ['counts that are none', '{"numPassedTests": "many", "numFailedTests": -3, "numPendingTests": 1e400}'],
  ['no test at all', '{"numPassedTests": 0, "numFailedTests": 0}'],
])('a runner whose report is %s is one failure, and hides nothing of the other', (_name, report) => {
  for (const exitCode of [0, 137]) {
    expect(lineOf([{ exitCode, report }, run(30, 2, {}, 1)], 1)).toBe('30 passed, 4 failed');
  }
});
