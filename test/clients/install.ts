import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Whether the packages of clients are installed. */
    readonly clients: boolean;
  }
}

const here = fileURLToPath(new URL('.', import.meta.url));

/** Installs the packages of clients where they are not, or not those of the lockfile; says so when that cannot be done. */
export default async function setup(project: TestProject): Promise<void> {
  const isThere = isInstalled() || (await install());
  project.provide('clients', isThere);
  if (isThere) return;
  if (process.env['CI'] === 'true')
    throw new Error('Tests need the packages of test/clients; without them they would prove too little.');
  console.warn('\n  NO CLIENTS INSTALLED (npm ci in test/clients failed): their suites are SKIPPED.\n');
}

/** npm keeps what it has installed beside it: the lockfile with as many packages. */
function isInstalled(): boolean {
  if (!existsSync(`${here}node_modules/.package-lock.json`)) return false;
  const [locked, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((name) => {
    const { packages } = JSON.parse(readFileSync(here + name, 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly version?: string }>>;
    };
    return Object.entries(packages).map(([path, { version }]) => [path, version]);
  });
  const versions = new Map(installed as [string, string][]);
  return locked!.every(
    ([path, version]) => path === '' || !versions.has(path!) || versions.get(path!) === version,
  );
}

async function install(): Promise<boolean> {
  try {
    await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here });
    return true;
  } catch (error) {
    console.warn(error instanceof Error ? error.message : error);
    return false;
  }
}
