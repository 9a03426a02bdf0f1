import { expect, it } from 'vitest';
import { camelCased } from '../../../src/edges/common/camel-case.ts';

it('a name in snake case becomes one in camel case', () => {
  expect(['clear_at_least', 'clear_2025', 'plain', 'alreadyCamel'].map(camelCased)).toEqual([
    'clearAtLeast',
    'clear2025',
    'plain',
    'alreadyCamel',
  ]);
});
