import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packLabel, packLabels, unpackLabels } from '../../../src/routing/request/label-codec.ts';

const textOf = (minLength: number) =>
  fc.string({ minLength, unit: fc.constantFrom('a', '=', '%', '3', 'D', '2', '5') });
const label = fc.record({ name: textOf(1), value: textOf(0) });

it('gives back the labels that were packed, and packs different ones differently', () => {
  fc.assert(
    fc.property(fc.array(label), label, label, (labels, one, other) => {
      expect(unpackLabels(packLabels(labels) ?? [])).toEqual(labels);
      const isSame = one.name === other.name && one.value === other.value;
      expect(packLabel(one) === packLabel(other)).toBe(isSame);
    }),
  );
});

it('writes a usual label as anybody would look for it', () => {
  expect(packLabel({ name: 'team', value: 'search' })).toBe('team=search');
});
