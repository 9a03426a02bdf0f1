import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { affordable, type DueProbe } from '../../src/health/probe-spending.ts';

const nothing = { fleetMicroUsd: 0, ofModel: () => 0 };
const due = (key: string, mostMicroUsd: number): DueProbe => ({ key, mostMicroUsd });

describe('what probes may cost in an hour', () => {
  test('those that fit are made in their order, the others are not, and free ones always are', () => {
    const probes = [due('a', 60), due('b', 50), due('c', 40), due('free', 0)];
    expect(affordable(probes, nothing, 100).map(({ key }) => key)).toEqual(['a', 'c', 'free']);
    expect(affordable(probes, nothing, 0).map(({ key }) => key)).toEqual(['free']);
  });

  test('what was spent in the hour counts', () => {
    expect(affordable([due('a', 30)], { fleetMicroUsd: 80, ofModel: () => 0 }, 100)).toEqual([]);
  });

  test('after its first probe of the hour a model leaves half of the cap to the others', () => {
    const spent = { fleetMicroUsd: 30, ofModel: (key: string) => (key === 'a' ? 30 : 0) };
    expect(affordable([due('a', 30), due('b', 30)], spent, 100).map(({ key }) => key)).toEqual(['b']);
    expect(affordable([due('a', 20)], spent, 100)).toHaveLength(1);
  });

  test('the cap holds whatever is due and whatever was spent', () => {
    const probes = fc.uniqueArray(fc.record({ key: fc.string(), mostMicroUsd: fc.nat(1_000) }), {
      selector: ({ key }) => key,
    });
    fc.assert(
      fc.property(probes, fc.nat(2_000), fc.nat(2_000), (wanted, spent, cap) => {
        const made = affordable(wanted, { fleetMicroUsd: spent, ofModel: () => 0 }, cap);
        const cost = made.reduce((sum, { mostMicroUsd }) => sum + mostMicroUsd, 0);
        expect(cost === 0 || spent + cost <= cap).toBe(true);
      }),
    );
  });
});
