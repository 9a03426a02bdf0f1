import { expect, it } from 'vitest';
import { packVector } from '../../../src/edges/embeddings/pack-vector.node.ts';
import { renameForEmbeddings } from '../../../src/edges/embeddings/rename.ts';

it('a vector is packed as 32-bit floats, the lowest byte first', () => {
  expect(packVector([1, -2])).toBe(Buffer.from([0, 0, 128, 63, 0, 0, 0, 192]).toString('base64'));
});

it.each([
  [
    ['embedding', 'inputs', '3'],
    ['input', '3'],
  ],
  [['embedding', 'dimensions'], ['dimensions']],
  [['models', '0'], ['model']],
  [['endUserId'], ['user']],
  [['timeoutMs'], ['switchyard', 'timeoutMs']],
])('our path %j is %j to its caller', (ours, theirs) => {
  expect(renameForEmbeddings(ours)).toEqual(theirs);
});
