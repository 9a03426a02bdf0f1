import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  afterCheck,
  lossOf,
  remember,
  remembered,
  seenAt,
  type ChainMemory,
  type ChainPlace,
} from '../../src/audit/chain-memory.ts';

const place = (seq: number, id = `e${seq}`): ChainPlace => ({ seq, id });
const memory = (checked: ChainPlace | null, highest: ChainPlace, isInDoubt = false): ChainMemory => ({
  ...{ checked, highest, isInDoubt },
});

it('remembers the highest entry, and keeps it when a seq comes again', () => {
  expect(remember(undefined, place(5))).toEqual(memory(null, place(5)));
  expect(remember(memory(place(4), place(5)), place(7))).toEqual(memory(place(4), place(7)));
  const doubted = memory(place(4), place(7), true);
  expect(remember(memory(place(4), place(7)), place(7, 'again'))).toEqual(doubted);
  expect(remember(doubted, place(8, 'again'))).toEqual(doubted);
});

it('names the newest that is gone, and the newest before it that is still there', () => {
  const there =
    (...ids: string[]) =>
    ({ id }: ChainPlace) =>
      ids.includes(id);
  expect(lossOf(memory(place(4), place(7)), there('e4', 'e7'))).toBeNull();
  expect(lossOf(memory(place(4), place(7)), there('e4'))).toEqual({ known: place(7), keptSeq: 4 });
  expect(lossOf(memory(place(4), place(7)), there())).toEqual({ known: place(7), keptSeq: null });
});

it('keeps what came during a check for the next one', () => {
  const asked = memory(null, place(5));
  expect(afterCheck(asked, asked, place(6))).toEqual(memory(place(6), place(6)));
  const meanwhile = remember(asked, place(9));
  expect(afterCheck(meanwhile, asked, place(6))).toEqual(memory(place(6), place(9)));
});

it('sees every loss of an entry of its own that is followed by no more entries than were lost before the next check', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('append' as const), isOwn: fc.boolean() }),
    fc.record({ what: fc.constant('check' as const) }),
  );
  const run = fc.record({ before: fc.array(step, { maxLength: 30 }), lost: fc.integer({ min: 1, max: 8 }) });
  fc.assert(
    fc.property(run, fc.nat(7), ({ before, lost }, again) => {
      const chain: string[] = [];
      let written = 0;
      let known: ChainMemory | undefined;
      const own = new Set<string>();
      const isThere = ({ seq, id }: ChainPlace) => chain[seq - 1] === id;
      const append = (isOwn: boolean) => {
        const id = `entry ${(written += 1)}`;
        chain.push(id);
        if (!isOwn) return;
        own.add(id);
        known = remember(known, { seq: chain.length, id });
      };
      const check = () => {
        if (known === undefined) return null;
        const loss = lossOf(known, isThere);
        const head = { seq: chain.length, id: chain.at(-1) ?? '' };
        known = loss === null ? afterCheck(known, known, head) : seenAt(head);
        return loss;
      };
      for (const one of before) {
        if (one.what === 'append') append(one.isOwn);
        else expect(check()).toBeNull();
      }
      const gone = chain.splice(Math.max(0, chain.length - lost));
      for (let i = 0; i < Math.min(again, gone.length); i += 1) append(true);
      const hasLostOwn = gone.some((id) => own.has(id));
      const loss = check();
      if (hasLostOwn) expect(loss).not.toBeNull();
      // It may also have learned of others' entries, by a check.
      else if (loss !== null) expect(gone).toContain(loss.known.id);
    }),
    { numRuns: 500 },
  );
  expect(remembered(memory(place(4), place(4)))).toEqual([place(4)]);
});
