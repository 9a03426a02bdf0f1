import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../src/audit/canonical.ts';
import type { JsonValue } from '../../src/system/json.ts';

/** Any JSON but integers beyond 2^53 − 1 and lone surrogates, which have no canonical text. */
const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.double({ min: -1e12, max: 1e12, noNaN: true }),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('json')),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('json')),
  ),
}));

describe('the canonical text', () => {
  it('is the one of the example in RFC 8785 §3.2.2', () => {
    const text = canonicalize({
      numbers: [333333333.33333329, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    });
    expect(text).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('orders keys by UTF-16 code units, as the example in RFC 8785 §3.2.3', () => {
    const text = canonicalize({
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    });
    expect(Object.values(JSON.parse(text) as object)).toEqual([
      'One', // JavaScript itself moves integer-like keys to the front; the text below is what counts.
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
    expect(text.startsWith(String.raw`{"\r":"Carriage Return","1":"One",`)).toBe(true);
  });

  it('says the same as the value it was made of', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalize(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order in which keys were written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), json), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalize(reversed)).toBe(canonicalize(object));
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ['undefined', { a: { b: undefined } }, 'a.b'],
    ['a hole in a list', [1, , 3], '1'],
    ['NaN', { list: [0, Number.NaN] }, 'list.1'],
    ['an infinity', [Number.POSITIVE_INFINITY], '0'],
    ['an integer beyond 2^53 − 1', { seq: 2 ** 53 }, 'seq'],
    ['a bigint', { seq: 1n }, 'seq'],
    ['a function', { f: () => 1 }, 'f'],
    ['a Map', { map: new Map() }, 'map'],
    ['a Date', { at: new Date(0) }, 'at'],
    ['a lone surrogate', { text: 'a\ud800b' }, 'text'],
    ['a lone surrogate in a key', { outer: { '\udc00': 1 } }, 'outer'],
    ['no value at all', undefined, 'the root'],
  ])('is refused to %s, naming its place', (_, value, path) => {
    expect(() => canonicalize(value as JsonValue)).toThrow(new RegExp(`^Not canonical JSON at ${path}`));
  });
});
