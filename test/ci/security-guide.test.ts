import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { variables } from '../../src/config/variables.ts';

const root = new URL('../../', import.meta.url);
const guide = readFileSync(new URL('SECURITY.md', root), 'utf8');

test('every test that the security guide names is there', () => {
  const named = [...guide.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test('every setting and script that it names is there', () => {
  const settings = Object.values(variables).map(({ name }) => name);
  for (const [, name] of guide.matchAll(/`(SWITCHYARD_\w+)/g)) expect(settings).toContain(name);
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { scripts: object };
  for (const [, name] of guide.matchAll(/`npm run ([\w:]+)`/g)) expect(Object.keys(scripts)).toContain(name);
});
