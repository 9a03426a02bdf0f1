import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { violationsOf } from './architecture/law.ts';
import { readSource } from './architecture/source.ts';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** Every source file but those that a generator wrote. */
function readSources() {
  return globSync('**/*.ts', { cwd: src })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('storage/generated/'))
    .sort()
    .map((path) => readSource(path, readFileSync(src + path, 'utf8')));
}

test('every file of src keeps the law: dependencies point down, the domain is pure, the process stays at the rim', () => {
  const sources = readSources();
  expect(sources.length).toBeGreaterThan(0);
  const violations = violationsOf(sources).map(({ path, line, reason }) => `src/${path}:${line} ${reason}`);
  expect(violations.join('\n')).toBe('');
});

test('what providers send is made sound without knowing who reads it next', () => {
  const wire = readSources().filter(({ path }) => path.startsWith('providers/wire/'));
  expect(wire.length).toBeGreaterThan(0);
  const upwards = wire.flatMap(({ path, imports }) =>
    imports.filter(({ target }) => target.startsWith('providers/ai-sdk/')).map(() => path),
  );
  expect(upwards).toEqual([]);
});
