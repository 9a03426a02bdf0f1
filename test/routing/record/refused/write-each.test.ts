import fc from 'fast-check';
import { expect, it } from 'vitest';
import { verdictOf } from '../../../../src/routing/record/refusals.service.ts';
import { writeEach } from '../../../../src/routing/record/refused/write-each.ts';
import { UnavailableError } from '../../../../src/system/expected-error.ts';

/** As Prisma's adapter throws it. */
const answered = (originalCode: string) =>
  Object.assign(new Error('refused'), { cause: { kind: 'postgres', originalCode } });

it('writes all that is sound in its order, and returns the rest', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (sound) => {
      const items = [...sound.keys()];
      const written: number[] = [];
      let writes = 0;
      const write = async (some: readonly number[]) => {
        writes += 1;
        if (some.some((index) => sound[index] !== true)) throw answered('23514');
        written.push(...some);
      };
      const refused = await writeEach(items, {
        verdictOf,
        write,
        probe: () => Promise.reject(new Error('unasked')),
      });
      expect(written).toEqual(items.filter((index) => sound[index]));
      expect(refused.map(({ item }) => item)).toEqual(items.filter((index) => sound[index] !== true));
      expect(writes).toBeLessThanOrEqual(2 * items.length - 1);
    }),
  );
});

it('blames nobody for an error that says nothing while even nothing cannot be written', async () => {
  const away = new UnavailableError('away', 1);
  const write = () => Promise.reject(answered('XX000'));
  await expect(writeEach(['a', 'b'], { verdictOf, write, probe: () => Promise.reject(away) })).rejects.toBe(
    away,
  );
  const refused = await writeEach(['a', 'b'], { verdictOf, write, probe: () => Promise.resolve() });
  expect(refused.map(({ item }) => item)).toEqual(['a', 'b']);
});

it.each(['42883', '40001', '55P03', '57P01'])('blames nobody for SQLSTATE %s', async (state) => {
  const error = answered(state);
  const write = () => Promise.reject(error);
  await expect(writeEach(['a', 'b'], { verdictOf, write, probe: () => Promise.resolve() })).rejects.toBe(
    error,
  );
});

it('blames an item for an error that says nothing only when it fails again while others are served', async () => {
  const written: string[] = [];
  let failures = 1;
  const write = (items: readonly string[]): Promise<void> => {
    if (failures-- > 0) return Promise.reject(answered('XX000'));
    written.push(...items);
    return Promise.resolve();
  };
  const refused = await writeEach(['a'], { verdictOf, write, probe: () => Promise.resolve() });
  expect(refused).toEqual([]);
  expect(written).toEqual(['a']);
});
