import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeFrame, MAX_PAYLOAD_BYTES, readFrame, type Frame } from '../../src/audit/spool-frame.ts';
import { nodeSha256 as sha256 } from '../../src/system/digest.node.ts';

const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((payload) => ({ kind: 'record', payload }) as const),
  fc.maxSafeNat().map((position) => ({ kind: 'progress', position }) as const),
);

it('reads back what was written, whatever follows', () => {
  fc.assert(
    fc.property(frame, fc.uint8Array(), fc.uint8Array(), (written, before, after) => {
      const bytes = encodeFrame(sha256, written);
      const file = Uint8Array.of(...before, ...bytes, ...after);
      const end = before.length + bytes.length;
      expect(readFrame(sha256, file, before.length)).toEqual({ kind: 'frame', frame: written, end });
    }),
  );
});

it('takes no part of a frame for a frame, and says how much is missing', () => {
  fc.assert(
    fc.property(frame, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (written, share) => {
      const bytes = encodeFrame(sha256, written);
      const part = bytes.slice(0, Math.floor(bytes.length * share));
      const found = readFrame(sha256, part, 0);
      expect(found.kind).toBe('more');
      if (found.kind === 'more') expect(found.neededBytes).toBeGreaterThan(part.length);
      const torn = new Uint8Array(bytes.length + 64);
      torn.set(part);
      expect(readFrame(sha256, torn, 0).kind === 'frame').toBe(
        torn.subarray(0, bytes.length).join() === bytes.join(),
      );
    }),
  );
});

it('takes no changed frame for a frame', () => {
  fc.assert(
    fc.property(frame, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, place, change) => {
      const bytes = encodeFrame(sha256, written);
      const at = place % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ change;
      expect(readFrame(sha256, bytes, 0).kind).not.toBe('frame');
    }),
  );
});

it('refuses a record that no reader would accept', () => {
  const payload = new Uint8Array(MAX_PAYLOAD_BYTES + 1);
  expect(() => encodeFrame(sha256, { kind: 'record', payload })).toThrow(RangeError);
});
