import { expect, it } from 'vitest';
import { embeddings } from '../../../src/providers/wire/embeddings.ts';

const read = (value: unknown) => embeddings.answer(value);

it.each([
  ['in their places', { data: [{ index: 0 }, { index: 1 }] }],
  ['without places', { data: [{ embedding: [1] }, { embedding: [2] }] }],
  ['of Google', { embeddings: [{ values: [1] }] }],
  ['that are no list', { data: 'none' }],
  ['among what is none', { data: [null, 5] }],
])('vectors %s are handed on as they came', (_, value) => {
  expect(read(value)).toBe(value);
});

it('vectors in another order are put in that of their places, and nothing else of them is touched', () => {
  const told = { model: 'm', data: [{ index: 2 }, { index: 0, embedding: 'x' }, { index: 1 }] };
  expect(read(told)).toEqual({
    model: 'm',
    data: [{ index: 0, embedding: 'x' }, { index: 1 }, { index: 2 }],
  });
});
