/** The numbers of vitest's JSON report that count tests. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** What a run of every check left behind. */
export interface RunFacts {
  /** Null when the tests ended before they could report. */
  readonly report: TestReport | null;
  readonly testsExitCode: number;
  /** How many steps other than the tests failed. */
  readonly failedSteps: number;
}

/** How a whole run went. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts tests, and each other step that failed as one more failure. Tests that ended badly without a failing one
 * (a file that does not load, an unhandled rejection), or without a report, are one failure too.
 */
export function tally({ report, testsExitCode, failedSteps }: RunFacts): Tally {
  const endedWell = report !== null && testsExitCode === 0;
  const failedTests = Math.max(report?.numFailedTests ?? 0, endedWell ? 0 : 1);
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failedTests + failedSteps,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}

/** `N passed, N failed`, with `, N skipped` when there are any. */
export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
