import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { printedSchema } from '../../src/graphql/print.ts';

test('schema.graphql is the API that the code serves (npm run schema:print rewrites it)', () => {
  expect(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')).toBe(printedSchema());
});
