// Arrays of one dimension as Postgres reads them in binary (array_recv in utils/adt/arrayfuncs.c): a head, then each
// element with its length before it. No text needs marks of escape, which cost more than what they are in.

/** Object ids of element types (pg_type.dat). */
const oids = { uuid: 2950, text: 25, int4: 23, int8: 20, timestamptz: 1184 } as const;

const HEAD_BYTES = 12;
const DIMENSION_BYTES = 8;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/** Postgres counts instants in microseconds from the beginning of 2000. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const MICROSECONDS_IN_MS = 1000;

/** Writes the elements, each with its length before it; returns where it has come to. */
type WriteElements<T> = (bytes: Buffer, at: number, values: readonly (T | null)[]) => number;

function encode<T>(
  oid: number,
  values: readonly (T | null)[],
  elementBytes: number,
  write: WriteElements<T>,
): Buffer {
  if (values.length === 0) return head(Buffer.alloc(HEAD_BYTES), 0, oid);
  const start = HEAD_BYTES + DIMENSION_BYTES;
  const bytes = Buffer.allocUnsafe(start + values.length * LENGTH_BYTES + elementBytes);
  head(bytes, 1, oid);
  bytes.writeInt32BE(values.length, HEAD_BYTES);
  // The first element has the number 1.
  bytes.writeInt32BE(1, HEAD_BYTES + 4);
  return bytes.subarray(0, write(bytes, start, values));
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

const writeUuids = fixed<string>(16, (bytes, uuid, at) => bytes.write(uuid.replaceAll('-', ''), at, 'hex'));
const writeInt4s = fixed<number>(4, (bytes, value, at) => bytes.writeInt32BE(value, at));
const writeInt8s = fixed<number>(8, (bytes, value, at) => bytes.writeBigInt64BE(BigInt(value), at));
const writeInstants = fixed<number>(8, (bytes, ms, at) =>
  bytes.writeBigInt64BE(BigInt(Math.trunc(ms) - EPOCH_MS) * BigInt(MICROSECONDS_IN_MS), at),
);

const writeTexts: WriteElements<string> = (bytes, from, values) => {
  let at = from;
  for (const value of values) {
    const written = value === null ? NULL_LENGTH : bytes.write(value, at + LENGTH_BYTES);
    bytes.writeInt32BE(written, at);
    at += LENGTH_BYTES + Math.max(0, written);
  }
  return at;
};

/** A `uuid[]`. */
export function uuidArray(values: readonly (string | null)[]): Buffer {
  return encode(oids.uuid, values, values.length * 16, writeUuids);
}

/** A `text[]`. */
export function textArray(values: readonly (string | null)[]): Buffer {
  const size = values.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
  return encode(oids.text, values, size, writeTexts);
}

/** An `integer[]`. */
export function int4Array(values: readonly (number | null)[]): Buffer {
  return encode(oids.int4, values, values.length * 4, writeInt4s);
}

/** A `bigint[]`. */
export function int8Array(values: readonly (number | null)[]): Buffer {
  return encode(oids.int8, values, values.length * 8, writeInt8s);
}

/** A `timestamptz[]` of milliseconds since the epoch. */
export function instantArray(values: readonly (number | null)[]): Buffer {
  return encode(oids.timestamptz, values, values.length * 8, writeInstants);
}
