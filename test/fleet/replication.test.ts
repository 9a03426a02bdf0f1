import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRow, encodeRow } from '../../src/fleet/replication.ts';

test('a row arrives as it was sent', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat()), (row) => {
      expect(decodeRow(encodeRow(row))).toEqual(row);
    }),
  );
});

test.each([
  ['a fraction is rounded up', [1.2], '2'],
  ['less than nothing is nothing', [-5, -Infinity], '0 0'],
  ['what is no number is nothing', [NaN], '0'],
  [
    'what is beyond counting is the most that can be counted',
    [1e300, Infinity],
    '9007199254740991 9007199254740991',
  ],
])('of what is sent %s', (_, row, text) => {
  expect(encodeRow(row)).toBe(text);
});

test.each([
  '1e3',
  '-1',
  '1.5',
  '1  2',
  ' 1',
  'NaN',
  'Infinity',
  '9007199254740993',
  '99999999999999999999',
  '{}',
  '1,2',
])('%j is no row', (text) => {
  expect(decodeRow(text)).toBeUndefined();
});

test('any text is a row of whole numbers that are not negative, or none', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fc.double()).map((row) => row.join(' ')),
      ),
      (text) => {
        for (const number of decodeRow(text) ?? []) {
          expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
        }
      },
    ),
  );
});
