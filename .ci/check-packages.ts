// `npm run check:packages`: the packages of package-lock.json by their licences and digests, which needs no network, and
// by known weaknesses, for which the registry is asked. Where that has no answer, it says so; with REQUIRE_AUDIT=1, as
// for a release, that is a failure.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { packageProblems, readAudit, type AllowedLicences, type LockedPackage } from './packages.ts';

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const { packages } = read('../package-lock.json') as { packages: Record<string, LockedPackage> };
const problems = [...packageProblems(packages, read('licences.json') as AllowedLicences)];
console.log(`Licences and digests of ${Object.keys(packages).length - 1} packages were checked.`);

const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--audit-level=none'], {
  encoding: 'utf8',
  timeout: 60_000,
});
const audit = readAudit(stdout);
if ('weaknesses' in audit) {
  problems.push(...audit.weaknesses.map((weakness) => `Known weakness in ${weakness}.`));
  console.log(`The registry knows ${audit.weaknesses.length} weaknesses in them.`);
} else {
  const notice = `KNOWN WEAKNESSES WERE NOT CHECKED: ${audit.reason}.`;
  if (process.env['REQUIRE_AUDIT'] === '1') problems.push(notice);
  else console.log(notice);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
