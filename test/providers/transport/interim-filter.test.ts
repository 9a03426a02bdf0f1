import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InterimFilter } from '../../../src/providers/transport/interim-filter.ts';

function passed(pieces: readonly Uint8Array[], filter = new InterimFilter()): string {
  filter.expectHead();
  return Buffer.concat(pieces.map((piece) => filter.pass(piece) ?? new Uint8Array(0))).toString('latin1');
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

const interims = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\nHTTP/1.1: 200\r\n\r\n',
  'HTTP/1.0 199 \n\n',
  'HTTP/1.1 110\r\nx: y\n\r\n',
];
const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nbody.';

describe('the filter of interim responses', () => {
  it('passes nothing but the final response, wherever the bytes are split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...interims), { maxLength: 4 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        (before, cuts) => {
          const sent = bytes(before.join('') + answer);
          const edges = [0, ...cuts.filter((cut) => cut < sent.length).sort((a, b) => a - b), sent.length];
          const pieces = edges.slice(1).map((edge, index) => sent.subarray(edges[index], edge));
          expect(passed(pieces)).toBe(answer);
        },
      ),
    );
  });

  it.each([
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a final response', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['what is not HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 10 x\r\n\r\n'],
  ])('leaves %s as it is', (_case, text) => {
    expect(passed([bytes(text)])).toBe(text);
  });

  it('leaves a head without an end to the parser, and holds back no more than a head', () => {
    const endless = `HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(20_000)}`;
    expect(passed([bytes(endless)])).toBe(endless);
  });

  it('looks at heads alone: what a body says is never taken for one, until the next request', () => {
    const filter = new InterimFilter();
    expect(passed([bytes(answer)], filter)).toBe(answer);
    expect(filter.pass(bytes(interims[0]!))).not.toBeNull();
    expect(passed([bytes(interims[0]! + answer)], filter)).toBe(answer);
  });
});
