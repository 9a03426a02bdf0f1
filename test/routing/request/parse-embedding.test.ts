import { expect, it } from 'vitest';
import {
  MAX_DIMENSIONS,
  MAX_EMBEDDING_INPUTS,
  parseEmbedding,
} from '../../../src/routing/request/parse-embedding.ts';
import type { EmbeddingInput } from '../../../src/providers/embedding.ts';
import { IssueList } from '../../../src/system/input/issues.ts';
import { InputReader } from '../../../src/system/input/reader.ts';

/** Where something is wrong; empty: nothing is. */
function faultsOf(inputs: readonly EmbeddingInput[], dimensions: number | null = null): string[] {
  const issues = new IssueList();
  parseEmbedding(new InputReader({ inputs, dimensions }, [], issues));
  return issues.shown().map(({ path }) => path.join('.'));
}
const many = (count: number) => Array.from({ length: count }, () => 'a');

it.each<[string, readonly EmbeddingInput[], number | null]>([
  ['one text', ['a'], null],
  ['as many as may be', many(MAX_EMBEDDING_INPUTS), MAX_DIMENSIONS],
  ['numbers of tokens', [[0, 2 ** 31 - 1]], 1],
])('%s is taken', (_, inputs, dimensions) => {
  expect(faultsOf(inputs, dimensions)).toEqual([]);
});

it.each<[string, readonly EmbeddingInput[], number | null, readonly string[]]>([
  ['nothing', [], null, ['inputs']],
  ['one too many', many(MAX_EMBEDDING_INPUTS + 1), null, ['inputs']],
  ['empty ones, each by its place', ['a', '', []], null, ['inputs.1', 'inputs.2']],
  ['numbers that are no tokens', [[-1], [0.5], [2 ** 31]], null, ['inputs.0', 'inputs.1', 'inputs.2']],
  ['vectors of no length', ['a'], 0, ['dimensions']],
  ['vectors of half a number', ['a'], 1.5, ['dimensions']],
  ['vectors longer than any', ['a'], MAX_DIMENSIONS + 1, ['dimensions']],
])('%s is refused', (_, inputs, dimensions, faults) => {
  expect(faultsOf(inputs, dimensions)).toEqual(faults);
});
