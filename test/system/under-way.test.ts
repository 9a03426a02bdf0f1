import { expect, test } from 'vitest';
import { createUnderWay } from '../../src/system/under-way.ts';

test('it has ended when every call has, well or not, and those that began meanwhile', async () => {
  const underWay = createUnderWay();
  await underWay.ended();
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const answer = underWay.follow(first.promise);
  let ended = false;
  const end = underWay.ended().then(() => (ended = true));

  const later = expect(underWay.follow(second.promise)).rejects.toThrow('failed');
  expect(underWay.count()).toBe(2);
  first.resolve('answer');
  expect(await answer).toBe('answer');
  expect(ended).toBe(false);
  second.reject(new Error('failed'));
  await Promise.all([later, end]);
  expect(underWay.count()).toBe(0);
});
