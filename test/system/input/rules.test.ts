import { expect, test } from 'vitest';
import {
  decimal,
  integer,
  laterThan,
  line,
  oneOf,
  text,
  type Rule,
} from '../../../src/system/input/rules.ts';

/** Whether each value keeps a rule. */
function verdicts<In>(rule: Rule<In, unknown>, ...values: In[]): boolean[] {
  return values.map((value) => rule.read(value) !== undefined);
}

test('a whole number lies between its bounds, both included', () => {
  expect(verdicts(integer(0, 9), 0, 9)).toEqual([true, true]);
  expect(verdicts(integer(0, 9), -1, 10, 1.5, Number.NaN, Infinity)).toEqual(Array(5).fill(false));
});

test('a decimal is kept as an integer of its smallest step, exactly, or not at all', () => {
  expect(decimal(1, 2).read(0.29)).toBe(29);
  expect(verdicts(decimal(1, 2), 0, 1)).toEqual([true, true]);
  expect(verdicts(decimal(1, 2), -0.01, 1.01, 0.295, Number.NaN, Infinity)).toEqual(Array(5).fill(false));
});

test('a line has as many characters as people count, and nothing that does not show or ends it', () => {
  expect(verdicts(line(1, 3), 'a', 'Grü', '🚂🚃🚃')).toEqual([true, true, true]);
  expect(verdicts(line(1, 3), '', ' ', 'abcd', 'a\nb', 'a\0', '\ud800', 'a\u2028')).toEqual(
    Array(7).fill(false),
  );
  expect(verdicts(line(0, 3), '', ' ', 'abcd')).toEqual([true, true, false]);
});

test('a text has its form, a choice is one of its choices, an instant lies ahead', () => {
  expect(
    verdicts(
      text((value) => value === 'x', 'x'),
      'x',
      'y',
    ),
  ).toEqual([true, false]);
  expect(verdicts(oneOf(['a', 'b']), 'a', 'c', 'toString')).toEqual([true, false, false]);
  expect(verdicts(laterThan(5), 6, 5, Number.NaN)).toEqual([true, false, false]);
});

test('no message repeats a value', () => {
  const rules = [
    integer(0, 9),
    decimal(1, 2),
    text(() => false, 'a secret’s name'),
    line(1, 3),
    oneOf(['a']),
  ];
  for (const { message } of rules) expect(message).toMatch(/^must /);
});
