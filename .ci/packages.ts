/** One package of package-lock.json, version 3 (https://docs.npmjs.com/cli/configuring-npm/package-lock-json). */
export interface LockedPackage {
  readonly license?: string;
  readonly integrity?: string;
  /** Only development needs it; or development, and optional things. */
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** Which licences packages may have. */
export interface AllowedLicences {
  readonly anywhere: readonly string[];
  /** Of what never reaches an image or a user. */
  readonly inDevelopment: readonly string[];
  /** Packages whose metadata names none, and what is known of them. */
  readonly unnamed: Readonly<Record<string, string>>;
}

/** What is wrong with locked packages, by their licences and by how they are locked: a sentence each. */
export function packageProblems(
  packages: Readonly<Record<string, LockedPackage>>,
  allowed: AllowedLicences,
): readonly string[] {
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .flatMap(([path, { license, integrity, dev = false, devOptional = false }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const licences =
        dev || devOptional ? [...allowed.anywhere, ...allowed.inDevelopment] : allowed.anywhere;
      const problems = [];
      if (integrity === undefined) problems.push(`${name} is not locked by a digest.`);
      if (license === undefined) {
        if (!(name in allowed.unnamed)) problems.push(`${name} names no licence.`);
      } else if (!isAllowed(license, licences))
        problems.push(`${name} has the licence ${license}, which is not allowed.`);
      return problems;
    });
}

/** Whether an expression can be met by licences that are allowed (https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions). */
export function isAllowed(expression: string, licences: readonly string[]): boolean {
  const bare = expression.trim().replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(bare)) return false;
  return bare
    .split(/ OR /i)
    .some((choice) => choice.split(/ AND /i).every((licence) => licences.includes(licence.trim())));
}

/** A weakness as `npm audit --json` tells of it. */
interface Weakness {
  readonly name: string;
  readonly severity: string;
}

/** What an audit found: weaknesses, or why none could be looked for. */
export function readAudit(
  output: string,
): { readonly weaknesses: readonly string[] } | { readonly reason: string } {
  let report: { vulnerabilities?: Record<string, Weakness>; message?: string; error?: { summary?: string } };
  try {
    report = JSON.parse(output) as typeof report;
  } catch {
    return { reason: 'npm audit said nothing that can be read' };
  }
  if (report.vulnerabilities === undefined) {
    return { reason: report.message ?? (report.error?.summary || 'the registry gave no answer') };
  }
  const found = Object.values(report.vulnerabilities).map(({ name, severity }) => `${name}: ${severity}`);
  return { weaknesses: found };
}
