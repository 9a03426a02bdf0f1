import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  byteaArray,
  instantArray,
  int4Array,
  int8Array,
  textArray,
  uuidArray,
} from '../../src/storage/binary-array.ts';
import { toHex } from '../../src/system/digest.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const listOf = <T>(value: fc.Arbitrary<T>) => fc.array(orNull(value), { maxLength: 6 });

/** Any text that Postgres can hold. */
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((value) => value.replaceAll('\0', ''));

const columns = fc.record({
  uuids: listOf(fc.uuid()),
  texts: listOf(fc.oneof(text, fc.constantFrom('NULL', '{}', '"', '\\', ',', '', '😀'))),
  digests: fc.array(fc.uint8Array({ maxLength: 40 }).map(toHex), { maxLength: 6 }),
  int4s: listOf(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  int8s: listOf(fc.maxSafeInteger()),
  instants: listOf(
    fc
      .date({ min: new Date('1900-01-01'), max: new Date('2900-01-01'), noInvalidDate: true })
      .map((date) => date.getTime()),
  ),
});

describeOnEachDatabase('arrays in binary', (open) => {
  it('are read as what was written, whatever is in them', async () => {
    const { send } = open();
    await fc.assert(
      fc.asyncProperty(columns, async ({ uuids, texts, int4s, int8s, instants, digests }) => {
        const [row] = await send(
          {
            name: 'read_arrays',
            text: `SELECT array_to_json($1::uuid[])::text, array_to_json($2::text[])::text,
              array_to_json($3::integer[])::text, array_to_json($4::bigint[])::text,
              (SELECT json_agg(extract(epoch FROM at) * 1000)::text FROM unnest($5::timestamptz[]) AS at),
              (SELECT json_agg(encode(digest, 'hex'))::text FROM unnest($6::bytea[]) AS digest)`,
          },
          [
            uuidArray(uuids),
            textArray(texts),
            int4Array(int4s),
            int8Array(int8s),
            instantArray(instants),
            byteaArray(digests),
          ],
        );
        const read = (row ?? []).map((json) => JSON.parse((json as string | null) ?? '[]') as unknown);
        expect(read).toEqual([uuids, texts, int4s, int8s, instants, digests]);
      }),
      { numRuns: 60 },
    );
  });

  it('are read as what was written where texts are long', async () => {
    const texts = ['a'.repeat(100_000), null, 'ß😀'.repeat(90_000), ''];
    const [row] = await open().send({ name: 'read_texts', text: 'SELECT array_to_json($1::text[])::text' }, [
      textArray(texts),
    ]);
    expect(JSON.parse(String(row?.[0]))).toEqual(texts);
  });
});
