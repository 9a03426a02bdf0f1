import { expect, it } from 'vitest';
import { simulatedVectors } from '../../../src/providers/simulated/simulated-vectors.ts';

const vectorsOf = (inputs: readonly (string | readonly number[])[], dimensions: number | null = null) =>
  simulatedVectors({ inputs, dimensions }).vectors!;
const similarity = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, place) => sum + value * other[place]!, 0);

it('the same text has the same vector, of unit length and of as many numbers as are wanted', () => {
  const [one, again] = vectorsOf(['The quick fox', 'The quick fox'], 64);
  expect(one).toEqual(again);
  expect(one).toHaveLength(64);
  expect(Math.hypot(...one!)).toBeCloseTo(1);
  for (const [vector] of [vectorsOf(['…']), vectorsOf(['a'], 1), vectorsOf([[7]])]) {
    expect(Math.hypot(...vector!)).toBeCloseTo(1);
  }
});

it('texts with words in common are nearer than others', () => {
  const [fox, same, other] = vectorsOf(['the quick brown fox', 'The brown fox!', 'balance sheets of banks']);
  expect(similarity(fox!, same!)).toBeGreaterThan(similarity(fox!, other!) + 0.3);
});
