// Prints the last line of .ci/run. Arguments: how many steps failed that are no tests, then
// for each runner of tests the file of vitest's JSON report and the runner's exit code.
import { existsSync, readFileSync } from 'node:fs';
import { tally, tallyLine, type Run } from '../test/support/run/report.ts';

const [failedSteps, ...pairs] = process.argv.slice(2);
const runs = Array.from({ length: pairs.length / 2 }, (_, index): Run => {
  const [file = '', exitCode] = pairs.slice(2 * index);
  return { exitCode: Number(exitCode), report: existsSync(file) ? readFileSync(file, 'utf8') : null };
});
console.log(tallyLine(tally(runs, Number(failedSteps))));
