import { describe, expect, it } from 'vitest';
import { JsonReader, ParameterError } from '../../../src/edges/common/json-reader.ts';
import { parseEmbeddings } from '../../../src/edges/embeddings/parse-embeddings.ts';
import type { JsonObject } from '../../../src/system/json.ts';
import { edgeCatalog } from '../edge-catalog.ts';

const parse = (body: JsonObject) =>
  parseEmbeddings(new JsonReader({ model: 'auto', input: 'one', ...body }), {}, edgeCatalog);

describe('a request for vectors', () => {
  it.each<[JsonObject['string'], readonly (string | readonly number[])[]]>([
    ['one', ['one']],
    [
      ['one', 'two'],
      ['one', 'two'],
    ],
    [[1, 2], [[1, 2]]],
    [
      [[1], [2, 3]],
      [[1], [2, 3]],
    ],
    [
      ['one', [2, 3]],
      ['one', [2, 3]],
    ],
    [[], []],
    [[[]], [[]]],
  ])('has the inputs of %j', (input, inputs) => {
    expect(parse({ input }).input.embedding?.inputs).toEqual(inputs);
  });

  it.each<[JsonObject, string]>([
    [{ input: null }, 'input: is required'],
    [{ input: '' }, 'input: must not be empty'],
    [{ input: 5 }, 'input: must be a text, or a list'],
    [{ input: { text: 'one' } }, 'input: must be a text, or a list'],
    [{ input: ['one', null] }, 'input.1: must be a text'],
    [{ input: [1, 'two'] }, 'input.0: must be a text'],
    [{ input: [[[1]]] }, 'input.0: must be a text'],
    [{ model: null }, 'model: '],
    [{ model: ['auto'] }, 'model: '],
    [{ dimensions: '256' }, 'dimensions: must be a number'],
    [{ encoding_format: 'int8' }, 'encoding_format: must be one of float, base64'],
    [{ user: 5 }, 'user: must be a text'],
    [{ truncate: true }, 'truncate: is no parameter'],
  ])('%j is refused by its name', (body, message) => {
    expect(() => parse(body)).toThrow(ParameterError);
    expect(() => parse(body)).toThrow(message);
  });

  it('is never a stream, and writes floats unless it asks for Base64', () => {
    expect(parse({})).toMatchObject({ isStream: false, encodingFormat: 'float', input: { messages: [] } });
    expect(parse({ encoding_format: 'base64' }).encodingFormat).toBe('base64');
    expect(parse({ dimensions: 5, user: 'u' }).input).toMatchObject({
      embedding: { dimensions: 5 },
      endUserId: 'u',
    });
  });
});
