// Prints the last line of .ci/run and decides how it exits. Arguments: vitest's JSON report, the exit code of the
// tests, and how many other steps failed.
import { readFileSync, statSync } from 'node:fs';
import { tally, tallyLine, type TestReport } from '../test/support/report.ts';

const [, , path = '', testsExitCode = '1', failedSteps = '1'] = process.argv;
const hasReport = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
const result = tally({
  report: hasReport ? (JSON.parse(readFileSync(path, 'utf8')) as TestReport) : null,
  testsExitCode: Number(testsExitCode),
  failedSteps: Number(failedSteps),
});
console.log(tallyLine(result));
process.exitCode = result.failed === 0 ? 0 : 1;
