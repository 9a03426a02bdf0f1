import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as ws from 'ws';
import { createFrameCounter } from '../../../src/server/bounds/frames.ts';

interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly length: number;
}

/** A frame as ws's own clients write it. */
function write({ opcode, fin, length }: Frame): Buffer {
  const options = { fin, opcode, mask: true, rsv1: false, readOnly: true };
  const frame = (ws as unknown as { Sender: { frame(data: Buffer, options: object): Buffer[] } }).Sender
    .frame;
  return Buffer.concat(frame(Buffer.alloc(length), options));
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
    fin: fc.boolean(),
    length: fc.oneof(fc.nat(130), fc.constantFrom(0, 125, 126, 65_535, 65_536)),
  }),
  { maxLength: 12 },
);

test('of whatever comes in whatever pieces, the bytes of messages are counted, and whether one is open', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 70_000 })), (sent, cuts) => {
      const counter = createFrameCounter();
      const bytes = Buffer.concat(sent.map(write));
      let parts = 0;
      let at = 0;
      for (const length of [...cuts, bytes.length]) {
        parts += counter.take(bytes.subarray(at, at + length));
        at += length;
      }
      const data = sent.filter(({ opcode }) => opcode < 8);
      expect(parts).toBe(data.reduce((sum, { length }) => sum + length, 0));
      expect(counter.isOpen()).toBe(data.at(-1)?.fin === false);
    }),
  );
});

test('a message is open from its first byte to its last', () => {
  const counter = createFrameCounter();
  const bytes = write({ opcode: 1, fin: true, length: 5 });
  counter.take(bytes.subarray(0, -1));
  expect(counter.isOpen()).toBe(true);
  counter.take(bytes.subarray(-1));
  expect(counter.isOpen()).toBe(false);
});
