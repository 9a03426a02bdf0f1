import { expect, it } from 'vitest';
import { createDistance } from '../../src/storage/distance.ts';

it('the distance is what the fastest of the last answers took: it grows after six, and falls with one', () => {
  const distance = createDistance(2);
  expect(distance.roundTripMs()).toBe(2);
  for (let answers = 0; answers < 5; answers += 1) distance.note(400 + answers);
  expect(distance.roundTripMs()).toBe(2);
  distance.note(900);
  expect(distance.roundTripMs()).toBe(400);
  distance.note(3);
  expect(distance.roundTripMs()).toBe(3);
});
