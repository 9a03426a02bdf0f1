// Arrays of one dimension as Postgres reads them in binary (array_recv in utils/adt/arrayfuncs.c): a head, then each
// element with its length before it. No text needs marks of escape, which cost more than what they are in.

/** Object ids of element types (pg_type.dat). */
const oids = { uuid: 2950, text: 25, int4: 23, int8: 20, timestamptz: 1184, bytea: 17 } as const;

const HEAD_BYTES = 12;
const DIMENSION_BYTES = 8;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/** Postgres counts instants in microseconds from the beginning of 2000. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const MICROSECONDS_IN_MS = 1000;

/** Writes the elements, each with its length before it; returns where it has come to. */
type WriteElements<T> = (bytes: Buffer, at: number, values: readonly (T | null)[]) => number;

/** Writes an array into the room given, and returns as much of it as it took. */
function encode<T>(
  oid: number,
  values: readonly (T | null)[],
  room: Buffer,
  write: WriteElements<T>,
): Buffer {
  if (values.length === 0) return head(room, 0, oid).subarray(0, HEAD_BYTES);
  head(room, 1, oid);
  room.writeInt32BE(values.length, HEAD_BYTES);
  // The first element has the number 1.
  room.writeInt32BE(1, HEAD_BYTES + 4);
  return room.subarray(0, write(room, HEAD_BYTES + DIMENSION_BYTES, values));
}

/** Bytes of an array at most, of elements that take so many together. */
function mostBytes(elements: number, elementBytes: number): number {
  return HEAD_BYTES + DIMENSION_BYTES + elements * LENGTH_BYTES + elementBytes;
}

function encodeFixed<T>(oid: number, values: readonly (T | null)[], size: number, write: WriteElements<T>) {
  return encode(oid, values, Buffer.allocUnsafe(mostBytes(values.length, values.length * size)), write);
}

function head(bytes: Buffer, dimensions: number, oid: number): Buffer {
  bytes.writeInt32BE(dimensions, 0);
  // Whether there are nulls: it may say so where there are none.
  bytes.writeInt32BE(1, 4);
  bytes.writeInt32BE(oid, 8);
  return bytes;
}

/** Elements of one size. */
function fixed<T>(size: number, put: (bytes: Buffer, value: T, at: number) => void): WriteElements<T> {
  return (bytes, from, values) => {
    let at = from;
    for (const value of values) {
      at = bytes.writeInt32BE(value === null ? NULL_LENGTH : size, at);
      if (value === null) continue;
      put(bytes, value, at);
      at += size;
    }
    return at;
  };
}

/** What a character of a UUID stands for, by its code. */
const nibbles = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 0 : value;
});
const HYPHEN = 45;

function putUuid(bytes: Buffer, uuid: string, from: number): void {
  let at = from;
  for (let index = 0; index + 1 < uuid.length; index += 2) {
    if (uuid.charCodeAt(index) === HYPHEN) index += 1;
    const high = nibbles[uuid.charCodeAt(index)] ?? 0;
    bytes[at] = (high << 4) | (nibbles[uuid.charCodeAt(index + 1)] ?? 0);
    at += 1;
  }
}

const writeUuids = fixed<string>(16, putUuid);
const writeInt4s = fixed<number>(4, (bytes, value, at) => bytes.writeInt32BE(value, at));
const writeInt8s = fixed<number>(8, (bytes, value, at) => bytes.writeBigInt64BE(BigInt(value), at));
const writeInstants = fixed<number>(8, (bytes, ms, at) =>
  bytes.writeBigInt64BE(BigInt(Math.trunc(ms) - EPOCH_MS) * BigInt(MICROSECONDS_IN_MS), at),
);

/** Texts, or the bytes that they say. */
const strings =
  (encoding: BufferEncoding): WriteElements<string> =>
  (bytes, from, values) => {
    let at = from;
    for (const value of values) {
      const written = value === null ? NULL_LENGTH : bytes.write(value, at + LENGTH_BYTES, encoding);
      bytes.writeInt32BE(written, at);
      at += LENGTH_BYTES + Math.max(0, written);
    }
    return at;
  };

const writeTexts = strings('utf8');
const writeHex = strings('hex');

/** A `uuid[]`. */
export function uuidArray(values: readonly (string | null)[]): Buffer {
  return encodeFixed(oids.uuid, values, 16, writeUuids);
}

/** A `bytea[]` of what hexadecimal texts say. */
export function byteaArray(values: readonly string[]): Buffer {
  const size = values.reduce((sum, value) => sum + value.length / 2, 0);
  return encode(oids.bytea, values, Buffer.allocUnsafe(mostBytes(values.length, size)), writeHex);
}

/** UTF-8 takes so many bytes at most for what a string counts as one (RFC 3629 §3). */
const MOST_BYTES_OF_UNIT = 3;

/** Texts are written here first as long as they surely fit: to ask for the bytes of each costs as much as writing it. */
const scratch = Buffer.allocUnsafe(256 * 1024);

/** A `text[]`. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let units = 0;
  for (const value of values) units += value?.length ?? 0;
  const most = mostBytes(values.length, units * MOST_BYTES_OF_UNIT);
  if (most <= scratch.length) return Buffer.from(encode(oids.text, values, scratch, writeTexts));
  const size = values.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
  return encode(oids.text, values, Buffer.allocUnsafe(mostBytes(values.length, size)), writeTexts);
}

/** An `integer[]`. */
export function int4Array(values: readonly (number | null)[]): Buffer {
  return encodeFixed(oids.int4, values, 4, writeInt4s);
}

/** A `bigint[]`. */
export function int8Array(values: readonly (number | null)[]): Buffer {
  return encodeFixed(oids.int8, values, 8, writeInt8s);
}

/** A `timestamptz[]` of milliseconds since the epoch. */
export function instantArray(values: readonly (number | null)[]): Buffer {
  return encodeFixed(oids.timestamptz, values, 8, writeInstants);
}
