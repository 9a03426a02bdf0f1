import { expect, test } from 'vitest';
import { InvalidInputError } from '../../../src/system/expected-error.ts';
import { issueLimits } from '../../../src/system/input/issues.ts';
import { InputReader } from '../../../src/system/input/reader.ts';

const { issues: most } = issueLimits;

test('an input with many faults tells the first of them, and how many more there are', () => {
  const input = new InputReader({});
  const within = input.within({}, 'inner');
  for (let index = 0; index < 100_000; index += 1) within.refuse('is wrong', index);
  const result = input.checked(null);
  const issues = result.ok ? [] : result.issues;
  expect(issues).toHaveLength(most);
  expect(issues.at(-2)).toEqual({ path: ['inner', String(most - 2)], message: 'is wrong' });
  expect(issues.at(-1)).toEqual({
    path: [],
    message: `has ${100_001 - most} more faults, which are not shown`,
  });
  expect(input.isSound()).toBe(false);
  expect(new InvalidInputError(issues).issues).toEqual(issues);
});

test('a fault beyond those that are kept is still one', () => {
  const input = new InputReader({});
  for (let index = 0; index < most; index += 1) input.refuse('is wrong', index);
  const later = input.within({}, 'later');
  expect(later.isSound()).toBe(true);
  later.refuse('is wrong');
  expect(later.isSound()).toBe(false);
});

test('issues, and the words of an error, repeat no long input and nothing that cannot be printed', () => {
  const long = 'x\u2028\u0000'.repeat(100_000);
  const path = Array.from({ length: 1_000 }, () => long);
  const error = new InvalidInputError(Array.from({ length: 1_000 }, () => ({ path, message: long })));
  expect(JSON.stringify(error.issues).length).toBeLessThan(150_000);
  expect(error.message.length).toBeLessThanOrEqual(2_000);
  expect(JSON.stringify(error.issues) + error.message).not.toMatch(/\u2028|\\u0000/);
});
