import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { TransportError } from '../transport/transport-error.ts';

/** A message of an AWS event stream, with the headers that are texts. */
export interface Frame {
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: string;
}

/** Lengths and their checksum before a message's headers, and the checksum behind its payload. */
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
/** AWS sends no longer ones (https://smithy.io/2.0/aws/amazon-eventstream.html: 16 MiB of payload, 128 KiB of headers). */
const MAX_FRAME_BYTES = 16 * 1024 * 1024 + 128 * 1024 + PRELUDE_BYTES + CRC_BYTES;

const TEXT_HEADER = 7;
/** Bytes of a header's value by its type, where they are fixed. */
const fixedBytes: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };

/**
 * The first whole message of these bytes and where it ends; undefined when it has not come yet. Throws a
 * TransportError for what is no message: too long, or not what its checksums say.
 */
export function readFrame(bytes: Buffer): { readonly frame: Frame; readonly end: number } | undefined {
  if (bytes.length < PRELUDE_BYTES) return undefined;
  const end = bytes.readUInt32BE(0);
  const headersEnd = PRELUDE_BYTES + bytes.readUInt32BE(4);
  if (end > MAX_FRAME_BYTES || headersEnd + CRC_BYTES > end) throw broken('has a length that cannot be');
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw broken('fails its checksum');
  if (bytes.length < end) return undefined;
  const payloadEnd = end - CRC_BYTES;
  if (crc32(bytes.subarray(0, payloadEnd)) !== bytes.readUInt32BE(payloadEnd))
    throw broken('fails its checksum');
  const headers = readHeaders(bytes.subarray(PRELUDE_BYTES, headersEnd));
  return { frame: { headers, payload: bytes.toString('utf8', headersEnd, payloadEnd) }, end };
}

/** How many bytes these have to become before a message can be read of them. */
export function frameBytes(bytes: Buffer): number {
  return bytes.length < PRELUDE_BYTES ? PRELUDE_BYTES : bytes.readUInt32BE(0);
}

/** A message in bytes. */
export function writeFrame({ headers, payload }: Frame): Buffer {
  const head = Buffer.concat(
    [...headers].map(([name, value]) => {
      const header = Buffer.alloc(4 + Buffer.byteLength(name) + Buffer.byteLength(value));
      const at = header.write(name, header.writeUInt8(Buffer.byteLength(name), 0));
      header.writeUInt8(TEXT_HEADER, 1 + at);
      header.write(value, header.writeUInt16BE(Buffer.byteLength(value), 2 + at));
      return header;
    }),
  );
  const body = Buffer.from(payload);
  const bytes = Buffer.alloc(PRELUDE_BYTES + head.length + body.length + CRC_BYTES);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(head.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  head.copy(bytes, PRELUDE_BYTES);
  body.copy(bytes, PRELUDE_BYTES + head.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -CRC_BYTES)), bytes.length - CRC_BYTES);
  return bytes;
}

function readHeaders(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  try {
    for (let at = 0; at < bytes.length;) {
      const nameEnd = at + 1 + bytes.readUInt8(at);
      const type = bytes.readUInt8(nameEnd);
      const fixed = fixedBytes[type];
      const valueAt = nameEnd + (fixed === undefined ? 3 : 1);
      const valueEnd = valueAt + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
      if (valueEnd > bytes.length) throw broken('has headers that cannot be');
      if (type === TEXT_HEADER) {
        headers.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', valueAt, valueEnd));
      }
      at = valueEnd;
    }
  } catch (error) {
    if (error instanceof RangeError) throw broken('has headers that cannot be');
    throw error;
  }
  return headers;
}

function broken(how: string): TransportError {
  return new TransportError('MALFORMED', `a message of the stream ${how}`, 200);
}
