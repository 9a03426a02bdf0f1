import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excessOf } from '../../../src/system/input/json-size.ts';
import { hasAtMostValues, nestsAtMost } from '../../../src/system/input/nesting.ts';

const json = fc.oneof(fc.jsonValue(), fc.jsonValue({ maxDepth: 6 }), fc.jsonValue({ maxDepth: 30 }));

describe('the size of a JSON text', () => {
  it('is seen without parsing it: as deep as what it says, and never fewer values', () => {
    fc.assert(
      fc.property(
        json,
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 1, max: 30 }),
        (value, levels, values) => {
          for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
            expect(excessOf(text, { levels, values: Infinity }) === undefined).toBe(
              nestsAtMost(value, levels),
            );
            if (excessOf(text, { levels: Infinity, values }) === undefined)
              expect(hasAtMostValues(value, values)).toBe(true);
          }
        },
      ),
    );
  });

  it.each([
    ['"[[[[,,,,"', undefined],
    ['"\\"[[[[[["', undefined],
    ['"\\\\",[[[[', 'levels'],
    [`"${'\\\\'.repeat(50_000)}\\"[[[["`, undefined],
    [`"${'\\"'.repeat(50_000)}[[[["`, undefined],
    ['[[[[', 'levels'],
    ['[1,2,3,4,5,6,7,8,9]', 'values'],
    ['{"a":1,"b":2,"c":3,"d":4,"e":5}', 'values'],
    ['no JSON: [[[[', 'levels'],
    ['"never ends [[[[', undefined],
    ['', undefined],
  ])('of %.40s… is that outside of its texts', (text, excess) => {
    expect(excessOf(text, { values: 8, levels: 3 })).toBe(excess);
  });
});
