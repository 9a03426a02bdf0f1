import { expect, test } from 'vitest';
import { createDocumentCache } from '../../src/server/documents.ts';

test('parsed documents are kept in a bounded space: those that came first leave first', () => {
  const cache = createDocumentCache<number>();
  for (let index = 0; index < 1_000; index += 1) cache.set(`{ field${index} }`, index);
  const kept = Array.from({ length: 1_000 }, (_, index) => cache.get(`{ field${index} }`)).filter(
    (parsed) => parsed !== undefined,
  );
  expect(kept.length).toBeGreaterThan(100);
  expect(kept.length).toBeLessThan(500);
  expect(kept.at(-1)).toBe(999);
});

test('a long document is not kept: it holds texts, and would fill the memory', () => {
  const cache = createDocumentCache<number>();
  const long = `{ field(text: "${'x'.repeat(10_000)}") }`;
  cache.set(long, 1);
  expect(cache.get(long)).toBeUndefined();
});

test('what is kept is bounded in characters, too: documents of many short fields take the most memory', () => {
  const cache = createDocumentCache<number>();
  const texts = Array.from({ length: 300 }, (_, index) => `{ field${index} ${'a '.repeat(3_500)} }`);
  for (const text of texts) cache.set(text, 1);
  const kept = texts.filter((text) => cache.get(text) !== undefined);
  expect(kept.join('').length).toBeLessThanOrEqual(200_000);
  expect(cache.get(texts.at(-1)!)).toBe(1);
});
