import { describe, expect, test } from 'vitest';
import { violationsOf } from './law.ts';
import { readSource } from './source.ts';

/** What the law says of files given by path and text, as `path:line reason`. */
function verdict(files: Readonly<Record<string, string>>): string[] {
  const sources = Object.entries(files).map(([path, text]) => readSource(path, text));
  return violationsOf(sources).map(({ path, line, reason }) => `${path}:${line} ${reason}`);
}

describe('imports', () => {
  test.each([
    ['a lower level', 'calls/a.ts', '../providers/b.ts'],
    ['its own folder', 'calls/a.ts', './b.ts'],
    ['what stands before it in its level', 'catalog/a.ts', '../policies/b.ts'],
    ['a store of its capability from a service', 'audit/a.service.ts', './a.store.ts'],
    ['the builder from an API file of any level', 'breakers/a.graphql.ts', '../graphql/builder.ts'],
    ['any capability from an API file', 'audit/a.graphql.ts', '../tenants/permissions.ts'],
    ['a mechanism of events from a service', 'catalog/a.service.ts', '../events/live-view.service.ts'],
    ['a part of its capability from a service', 'breakers/a.service.ts', './b.service.ts'],
    ['every API file from the schema', 'graphql/schema.ts', '../routing/a.graphql.ts'],
    ['everything from app.ts', 'app.ts', './routing/route.service.ts'],
    ['the clock itself from app.ts', 'app.ts', './system/clock.node.ts'],
    ['app.ts from a command', 'cli/serve.ts', '../app.ts'],
    ['a command from main.ts', 'main.ts', './cli/run.ts'],
    ['a package that only computes, from a pure file', 'catalog/a.ts', 'zod'],
    ['the generated client from a store', 'audit/a.store.ts', '../storage/generated/prisma/client.ts'],
  ])('may reach %s', (_, path, target) => {
    expect(verdict({ [path]: `import { b } from '${target}';` })).toEqual([]);
  });

  test.each([
    ['a higher level', 'policies/a.ts', '../routing/b.ts', 'from a higher level'],
    ['what stands after it in its level', 'policies/a.ts', '../catalog/b.ts', 'from a higher level'],
    ['the folder that stands beside it', 'routing/a.service.ts', '../health/b.ts', 'sideways'],
    ['the folder that stands beside it, the other way', 'health/a.ts', '../routing/b.ts', 'sideways'],
    ['the rim', 'routing/a.service.ts', '../config/b.ts', 'from a higher level'],
    ['app.ts', 'server/a.ts', '../app.ts', 'from a higher level'],
    ['the command line, from the API', 'graphql/a.ts', '../cli/b.ts', 'from a higher level'],
    ['an HTTP edge, from its own folder', 'calls/a.service.ts', './b.http.ts', 'from a higher level'],
    ['the schema, from an API file', 'catalog/a.graphql.ts', '../graphql/schema.ts', 'which imports it'],
    ['an API file, from its own folder', 'catalog/a.service.ts', './b.graphql.ts', 'only graphql/schema.ts'],
    ['an API file, from app.ts', 'app.ts', './catalog/b.graphql.ts', 'only graphql/schema.ts'],
    ['a store, from a pure file', 'audit/a.ts', './b.store.ts', 'is not pure'],
    ['an adapter, from a pure file', 'events/a.ts', './b.redis.ts', 'is not pure'],
    ['storage, from a pure file', 'audit/a.ts', '../storage/b.ts', 'is not pure'],
    ['another service', 'routing/a.service.ts', '../calls/b.service.ts', 'by import type'],
    ['a service, from a store', 'calls/a.store.ts', './b.service.ts', 'knows no use case'],
    ['the clock itself, from a service', 'calls/a.service.ts', '../system/clock.node.ts', 'are passed in'],
    ['capabilities, from refs', 'graphql/refs.ts', '../catalog/model.ts', 'pure types only'],
    ['what is outside src', 'calls/a.ts', '../../test/b.ts', 'outside src'],
    ['Node, from a pure file', 'calls/a.ts', 'node:fs', 'is pure'],
    ['a package, from a pure file', 'calls/a.ts', 'pg', 'is pure'],
    ['the process', 'server/a.ts', 'node:process', 'main.ts alone'],
  ])('may not reach %s', (_, path, target, reason) => {
    expect(verdict({ [path]: `\nimport { b } from '${target}';` })).toEqual([
      expect.stringMatching(new RegExp(`^${path}:2 .*${reason}`)),
    ]);
  });

  test.each([
    ['a service from a service', 'routing/a.service.ts', '../calls/b.service.ts'],
    ['an impure file of its folder from a pure one', 'routing/a.ts', './b.service.ts'],
    ['a package from a pure file', 'routing/a.ts', 'pg'],
    ['pure types from refs', 'graphql/refs.ts', '../catalog/model.ts'],
  ])('may name the types of %s', (_, path, target) => {
    expect(verdict({ [path]: `import type { B } from '${target}';` })).toEqual([]);
    expect(verdict({ [path]: `type B = import('${target}').B;` })).toEqual([]);
    expect(verdict({ [path]: `import { type B } from '${target}';` })).toHaveLength(1);
  });

  test('a type from a higher level is still a dependency on it', () => {
    expect(verdict({ 'policies/a.ts': `import type { B } from '../routing/b.ts';` })).toHaveLength(1);
  });

  test('a dynamic import is an import', () => {
    const text = `export const load = () => import('../routing/b.ts');`;
    expect(verdict({ 'calls/a.service.ts': text })).toEqual([expect.stringContaining('from a higher level')]);
  });
});

describe('structure', () => {
  test('a cycle is refused with its way, also when types alone close it', () => {
    const files = {
      'calls/a.ts': `import { b } from './b.ts';`,
      'calls/b.ts': `import { c } from './c.ts';`,
      'calls/c.ts': `import type { A } from './a.ts';`,
    };
    expect(verdict(files)).toEqual([
      expect.stringMatching(/^calls\/c\.ts:1 .*calls\/a\.ts → calls\/b\.ts → calls\/c\.ts → calls\/a\.ts/),
    ]);
  });

  test('two ways to one file are no cycle', () => {
    const files = {
      'calls/a.ts': `import { b } from './b.ts';\nimport { c } from './c.ts';`,
      'calls/b.ts': `import { c } from './c.ts';`,
      'calls/c.ts': '',
    };
    expect(verdict(files)).toEqual([]);
  });

  test('a barrel is refused, by its name or by what it does', () => {
    expect(verdict({ 'calls/index.ts': '' })).toEqual([expect.stringContaining('is a barrel')]);
    expect(verdict({ 'calls/a.ts': `export * from './b.ts';` })).toEqual([
      expect.stringContaining('re-exports'),
    ]);
    expect(verdict({ 'calls/a.ts': `export type { B } from './b.ts';` })).toHaveLength(1);
  });

  test('a folder of more than 25 files is refused; its rooms count by themselves', () => {
    const files = (folder: string, count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`${folder}/file-${index + 10}.ts`, '']),
      );
    expect(verdict({ ...files('calls', 25), ...files('calls/room', 25) })).toEqual([]);
    expect(verdict(files('calls', 26))).toEqual([expect.stringContaining('one of 26 files in calls')]);
  });

  test('a folder or a file that the table of levels does not know is refused', () => {
    expect(verdict({ 'helpers/a.ts': '' })).toEqual([expect.stringContaining('the table of levels')]);
    expect(verdict({ 'helpers.ts': '' })).toHaveLength(1);
  });
});

describe('the platform', () => {
  const everywhereElse = 'routing/a.service.ts';

  test.each([
    ['Date.now()', 'system/clock.node.ts'],
    ['new Date()', 'system/clock.node.ts'],
    ['new Date', 'system/clock.node.ts'],
    ['Date()', 'system/clock.node.ts'],
    ['performance.now()', 'system/clock.node.ts'],
    ['Math.random()', 'system/random.node.ts'],
    ['crypto.randomUUID()', 'system/random.node.ts'],
    ['AbortSignal.timeout(5)', 'system/timers.node.ts'],
    ['setTimeout(f, 5)', 'system/timers.node.ts'],
    ['globalThis.setInterval(f, 5)', 'system/timers.node.ts'],
    ['const { argv } = process', 'main.ts'],
    ['const context = { process }', 'main.ts'],
    ['[1].forEach(console.log)', 'cli/config.ts'],
  ])('%s is refused but in %s', (text, home) => {
    expect(verdict({ [home]: text })).toEqual([]);
    expect(verdict({ [everywhereElse]: `\n\n${text}` })).toEqual([
      expect.stringContaining(`${everywhereElse}:3 uses`),
    ]);
  });

  test('the port of a system capability is as pure as any other file', () => {
    expect(verdict({ 'system/clock.ts': 'Date.now()' })).toHaveLength(1);
  });

  test.each([
    'new Date(ms)',
    'clock.now()',
    'timers.performance',
    'const options = { process: 1, setTimeout: 2 }',
    'type Timer = ReturnType<typeof setTimeout>',
    'interface Runner { process(): void }',
    '// Date.now() and process.env in words',
    '"console.log"',
  ])('%s is no use of the platform', (text) => {
    expect(verdict({ [everywhereElse]: text })).toEqual([]);
  });
});
