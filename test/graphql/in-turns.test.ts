import { buildSchema, execute, parse } from 'graphql';
import { expect, test } from 'vitest';
import { beginInTurns, inTurns, passInTurn } from '../../src/graphql/in-turns.ts';
import { nextTurn } from '../../src/system/turn.node.ts';

/** Takes so many milliseconds of the process. */
function spend(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

test('a short list is answered as it is, a long one with turns for others between', async () => {
  await nextTurn();
  const short = [1, 2, 3];
  expect(inTurns(short)).toBe(short);
  const long = Array.from({ length: 200 }, (_, index) => index);
  let turns = 0;
  let isOver = false;
  const others = (async () => {
    while (!isOver) {
      await nextTurn();
      turns += 1;
    }
  })();
  const answered = inTurns(long).map(async (node) => {
    const value = await node;
    spend(0.2);
    return value;
  });
  expect(await Promise.all(answered)).toEqual(long);
  isOver = true;
  await others;
  expect(turns).toBeGreaterThan(5);
});

test('many fields of a query begin a few in a turn, and answer in their order', async () => {
  await nextTurn();
  const schema = beginInTurns(buildSchema('type Query { a: Int }'));
  const query = `{ ${Array.from({ length: 100 }, (_, index) => `f${index}: a`).join(' ')} }`;
  let begun = 0;
  const rootValue = {
    a() {
      spend(0.2);
      return (begun += 1);
    },
  };
  const result = execute({ schema, document: parse(query), rootValue });
  expect(begun).toBeLessThan(50);
  const { data } = await result;
  expect(Object.values(data ?? {})).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});

test('another piece of a query’s work waits behind what waits already, and not where nothing does', async () => {
  await nextTurn();
  await nextTurn();
  expect(passInTurn()).toBeUndefined();
  const order: string[] = [];
  const nodes = inTurns(Array.from({ length: 20 }, (_, index) => index)).map(async (node) => {
    order.push(`node ${await node}`);
  });
  const piece = passInTurn()?.then(() => order.push('piece'));
  expect(piece).toBeDefined();
  await Promise.all([...nodes, piece]);
  expect(order.slice(-2)).toEqual(['node 19', 'piece']);
});
