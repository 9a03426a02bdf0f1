import { expect, it } from 'vitest';
import { createBringBack } from '../../../src/routing/record/bring-back.service.ts';
import type { Refused } from '../../../src/routing/record/refusals.service.ts';
import { encodeRecord } from '../../../src/routing/record/write-direct.service.ts';
import type { Writing } from '../../../src/routing/record/writing.ts';
import { createMemorySpool } from './memory-spool.ts';

const lost = () => Object.assign(new Error('Connection terminated unexpectedly'), { code: 'P1017' });
const writing = (id: string) =>
  ({ kind: 'decided', draft: { tenantId: id }, row: { id } }) as unknown as Writing;
const nameOf = ({ draft }: Writing) => draft.tenantId;

/** A database that never answers for the record `poison`, and is away while a test says so. */
async function prepare(names: readonly string[]) {
  const spool = createMemorySpool();
  await spool.append(names.map((name) => encodeRecord(writing(name))));
  const state = { away: false };
  const written: string[] = [];
  const refused: Refused[] = [];
  const bringBack = createBringBack({
    spool,
    refusals: { setAside: async (some) => void refused.push(...some) },
    async commit(writings) {
      if (state.away || writings.some((each) => nameOf(each) === 'poison')) throw lost();
      written.push(...writings.map(nameOf));
      return writings.map(() => 1);
    },
    maxBatch: 8,
  });
  const tries = async (count: number) => {
    for (let tried = 0; tried < count && !spool.isEmpty(); tried += 1)
      await bringBack().catch(() => undefined);
  };
  return { spool, state, written, refused, tries };
}

it('a record that the database never answers for is set aside in the end, and holds nobody up', async () => {
  const { spool, written, refused, tries } = await prepare(['a', 'poison', 'b', 'c']);
  await tries(60);
  expect(spool.isEmpty()).toBe(true);
  expect(written).toEqual(['a', 'b', 'c']);
  expect(refused.map(({ why }) => why)).toEqual(['the database does not answer for it']);
});

it('but not while the database answers for nobody', async () => {
  const { spool, state, refused, tries } = await prepare(['a', 'b']);
  state.away = true;
  await tries(200);
  expect(refused).toEqual([]);
  state.away = false;
  await tries(3);
  expect(spool.isEmpty()).toBe(true);
});
