import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  isAllowed,
  packageProblems,
  readAudit,
  type AllowedLicences,
  type LockedPackage,
} from '../../.ci/packages.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'));
const allowed: AllowedLicences = {
  anywhere: ['MIT', 'ISC'],
  inDevelopment: ['MPL-2.0'],
  unnamed: { known: 'MIT' },
};
const integrity = 'sha512-x';

describe('packages', () => {
  it('of the lockfile have licences that are allowed, and digests', () => {
    const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> };
    expect(packageProblems(packages, read('.ci/licences.json') as AllowedLicences)).toEqual([]);
  });

  it('are refused for a licence that is not allowed, for none, and without a digest', () => {
    const packages = {
      '': {},
      'node_modules/fine': { license: 'MIT', integrity },
      'node_modules/known': { integrity },
      'node_modules/tool': { license: 'MPL-2.0', integrity, dev: true },
      'node_modules/a/node_modules/@b/shipped': { license: 'MPL-2.0', integrity },
      'node_modules/unnamed': { integrity },
      'node_modules/loose': { license: 'ISC' },
    };
    expect(packageProblems(packages, allowed)).toEqual([
      '@b/shipped has the licence MPL-2.0, which is not allowed.',
      'unnamed names no licence.',
      'loose is not locked by a digest.',
    ]);
  });

  it.each([
    ['MIT', true],
    ['(GPL-3.0 OR MIT)', true],
    ['MIT AND ISC', true],
    ['MIT AND GPL-3.0', false],
    ['(MIT OR GPL-3.0) AND GPL-2.0', false],
    ['SEE LICENSE IN x', false],
  ])('of the expression %s: %s', (expression, expected) => {
    expect(isAllowed(expression, allowed.anywhere)).toBe(expected);
  });
});

describe('known weaknesses', () => {
  it('are told by name, and where the registry has no answer that is told, too', () => {
    const found = { vulnerabilities: { a: { name: 'a', severity: 'high' } } };
    expect(readAudit(JSON.stringify(found))).toEqual({ weaknesses: ['a: high'] });
    expect(readAudit('{"vulnerabilities":{}}')).toEqual({ weaknesses: [] });
    expect(readAudit('{"message":"405 Method Not Allowed"}')).toEqual({ reason: '405 Method Not Allowed' });
    expect(readAudit('')).toEqual({ reason: 'npm audit said nothing that can be read' });
  });
});

it('npm run sbom lists what is shipped, in CycloneDX, without the network', () => {
  const { scripts } = read('package.json') as { scripts: Record<string, string> };
  const [command = '', ...args] = scripts['sbom']!.split(' ');
  const output = execFileSync(command, args, { cwd: fileURLToPath(root), encoding: 'utf8' });
  const { bomFormat, components } = JSON.parse(output) as {
    bomFormat: string;
    components: { name: string; hashes?: object[] }[];
  };
  expect(bomFormat).toBe('CycloneDX');
  const names = components.map(({ name }) => name);
  expect(names).toContain('pg');
  expect(names).not.toContain('vitest');
});
