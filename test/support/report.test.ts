import { expect, test } from 'vitest';
import { tally, tallyLine, type RunFacts, type TestReport } from './report.ts';

const allPassed: TestReport = { numPassedTests: 12, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };

const lineOf = (facts: Partial<RunFacts>) =>
  tallyLine(tally({ report: allPassed, testsExitCode: 0, failedSteps: 0, ...facts }));

test('a good run says how many tests passed', () => {
  expect(lineOf({})).toBe('12 passed, 0 failed');
});

test('skipped tests are told', () => {
  expect(lineOf({ report: { ...allPassed, numPendingTests: 2, numTodoTests: 1 } })).toBe(
    '12 passed, 0 failed, 3 skipped',
  );
});

test('a failed step is a failure although every test passed', () => {
  expect(lineOf({ failedSteps: 2 })).toBe('12 passed, 2 failed');
});

test('failed tests are counted once, however they made the run end', () => {
  expect(lineOf({ report: { ...allPassed, numFailedTests: 4 }, testsExitCode: 1 })).toBe(
    '12 passed, 4 failed',
  );
});

test('tests that left no report, or ended badly without a failing one, never look like a good run', () => {
  expect(lineOf({ report: null })).toBe('0 passed, 1 failed');
  expect(lineOf({ report: null, testsExitCode: 137, failedSteps: 2 })).toBe('0 passed, 3 failed');
  expect(lineOf({ testsExitCode: 1 })).toBe('12 passed, 1 failed');
});
