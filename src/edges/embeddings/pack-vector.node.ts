import { Buffer } from 'node:buffer';
import { endianness } from 'node:os';
import type { Vector } from '../../providers/embedding.ts';

const isLittleEndian = endianness() === 'LE';

/** A vector as clients of OpenAI's unpack it: 32-bit floats, little-endian, in Base64. */
export function packVector(vector: Vector): string {
  const floats = Float32Array.from(vector);
  const bytes = Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
  return (isLittleEndian ? bytes : bytes.swap32()).toString('base64');
}
