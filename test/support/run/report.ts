/** What a program that runs tests left behind. */
export interface Run {
  readonly exitCode: number;
  /** The text of vitest's JSON report; null when it ended before it could report. */
  readonly report: string | null;
}

/** How a whole run went. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Adds up what the runners reported of their tests; each other step that failed is one more failure. A runner that
 * ended badly without a failing test (a file that does not load, an unhandled rejection), that left no report or an
 * unreadable one, or that ran nothing at all is one failure too.
 */
export function tally(runs: readonly Run[], failedSteps: number): Tally {
  const counts = runs.map(({ report, exitCode }) => {
    const { passed, failed, skipped } = readReport(report);
    const endedWell = exitCode === 0 && passed > 0;
    return { passed, failed: Math.max(failed, endedWell ? 0 : 1), skipped };
  });
  const sum = (of: keyof Tally) => counts.reduce((total, count) => total + count[of], 0);
  return { passed: sum('passed'), failed: sum('failed') + failedSteps, skipped: sum('skipped') };
}

/** `N passed, N failed`, with `, N skipped` when there are any. */
export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function readReport(text: string | null): Tally {
  const report = parseReport(text);
  const count = (name: string) => {
    const value = report[name];
    return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
  };
  return {
    passed: count('numPassedTests'),
    failed: count('numFailedTests'),
    skipped: count('numPendingTests') + count('numTodoTests'),
  };
}

/** A report that was cut short, or that is none, counts nothing. */
function parseReport(text: string | null): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text ?? 'null')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
