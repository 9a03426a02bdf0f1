import { expect, test } from 'vitest';
import { createTurnShare } from '../../src/graphql/turn-share.ts';
import { nextTurn } from '../../src/system/turn.node.ts';

/** A clock that only work moves. */
function stage(shareMs: number) {
  let nowMs = 0;
  const share = createTurnShare(shareMs, () => nowMs);
  const done: string[] = [];
  return {
    share,
    done,
    work(name: string, ms: number) {
      nowMs += ms;
      done.push(name);
    },
    async turns(count: number) {
      const seen: string[] = [];
      for (let turn = 0; turn < count; turn += 1) {
        await nextTurn();
        seen.push(done.splice(0).join(' '));
      }
      return seen;
    },
  };
}

test('pieces go on one after the other for their share of a turn; the rest waits for the next', async () => {
  const { share, work, turns } = stage(10);
  for (const name of ['a', 'b', 'c', 'd', 'e']) void share.queue().then(() => work(name, 4));
  expect((await turns(4)).filter((done) => done !== '')).toEqual(['a', 'b c d', 'e']);
});

test('a piece counts with all that it leads to without waiting', async () => {
  const { share, work, turns } = stage(10);
  for (const name of ['a', 'b']) {
    void share
      .queue()
      .then(() => Promise.resolve())
      .then(() => Promise.resolve())
      .then(() => work(name, 10));
  }
  expect((await turns(4)).filter((done) => done !== '')).toEqual(['a', 'b']);
});

test('whoever comes while there is time goes on at once, unless others wait', async () => {
  const { share, work, done } = stage(10);
  expect(share.pass()).toBeUndefined();
  work('a', 9);
  expect(share.pass()).toBeUndefined();
  work('b', 1);
  const late = share.pass()?.then(() => work('c', 1));
  const later = share.pass()?.then(() => work('d', 1));
  expect(done).toEqual(['a', 'b']);
  await Promise.all([late, later]);
  expect(done).toEqual(['a', 'b', 'c', 'd']);
});
