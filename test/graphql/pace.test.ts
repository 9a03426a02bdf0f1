import { expect, test } from 'vitest';
import { createPace } from '../../src/graphql/pace.ts';

test('so many pass at once; the others wait, and go on in the order of their arrival, so many a turn', async () => {
  const pace = createPace(3);
  const passed: string[] = [];
  const all = Array.from({ length: 8 }, async (_, index) => {
    const turn = pace.pass();
    if (turn !== undefined) await turn;
    passed.push(`${index}`);
  });
  const seen: string[] = [];
  const look = () => {
    seen.push(passed.splice(0).join(' '));
    if (seen.length < 4) setImmediate(look);
  };
  look();
  await Promise.all(all);
  await expect.poll(() => seen).toEqual(['0 1 2', '3 4 5', '6 7', '']);
});

test('one who comes while others wait does not go before them', async () => {
  const pace = createPace(1);
  const passed: string[] = [];
  const enter = async (name: string) => {
    const turn = pace.pass();
    if (turn !== undefined) await turn;
    passed.push(name);
  };
  const early = [enter('first'), enter('second').then(() => enter('late')), enter('third')];
  await Promise.all(early);
  expect(passed).toEqual(['first', 'second', 'third', 'late']);
});

test('whoever comes in a later turn does not wait', async () => {
  const pace = createPace(1);
  expect(pace.pass()).toBeUndefined();
  await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
  expect(pace.pass()).toBeUndefined();
});
