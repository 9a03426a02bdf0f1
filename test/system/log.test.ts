import { expect, test } from 'vitest';
import { boundLogFields, boundLogMessage, logLimits } from '../../src/system/log.ts';

const escape = '\u001b[2J\nforged: line\u2028';

test('a line of the log stays one line, whatever it quotes', () => {
  expect(boundLogMessage(`A ${escape}`)).toBe('A \uFFFD[2J\uFFFDforged: line\uFFFD');
  expect(boundLogFields({ id: escape, list: [escape], [escape]: 1 })).toEqual({
    id: '\uFFFD[2J\uFFFDforged: line\uFFFD',
    list: ['\uFFFD[2J\uFFFDforged: line\uFFFD'],
    '\uFFFD[2J\uFFFDforged: line\uFFFD': 1,
  });
});

test('what is long, deep or many is cut', () => {
  const long = 'x'.repeat(100_000);
  const deep = { a: { a: { a: { a: { a: 1 } } } } };
  const many = Array.from({ length: 1_000 }, () => 1);
  const kept = boundLogFields({ long, deep, many, err: new Error(long, { cause: new Error(long) }) });
  expect(JSON.stringify(kept).length).toBeLessThan(3 * logLimits.stack);
  expect(kept).toMatchObject({ deep: { a: { a: { a: '…' } } }, many: many.slice(0, logLimits.items) });
});

test('of an error its kind, words, stack and cause are kept', () => {
  class Fault extends Error {
    readonly code = 'E1';
  }
  const err = new Fault(`first ${escape}`, { cause: new TypeError('second') });
  expect(boundLogFields({ err })).toMatchObject({
    err: {
      ...{ type: 'Fault', code: 'E1', message: 'first \uFFFD[2J\uFFFDforged: line\uFFFD' },
      stack: expect.stringContaining('log.test.ts') as string,
      cause: { type: 'TypeError', message: 'second' },
    },
  });
});
