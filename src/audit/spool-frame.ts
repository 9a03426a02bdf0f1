import { asciiBytes, type Sha256 } from '../system/digest.ts';

/**
 * A spool's file (‖ joins bytes, numbers are unsigned and big-endian):
 *
 *   file  = header ‖ frame … ‖ zeros, which are room for more
 *   frame = mark (4) ‖ kind (1) ‖ length of the payload (4) ‖ check (8) ‖ payload
 *   check = the first 8 bytes of SHA-256(kind ‖ length ‖ payload)
 *
 * A frame that was written in part, or damaged later, fails its check. The mark lets a reader find the next frame
 * behind one that does.
 */
export const FILE_HEADER = asciiBytes('switchyard/spool/v1\0');

const MARK = Uint8Array.of(0xf0, 0x53, 0x57, 0x59);
const CHECK_BYTES = 8;
const CHECK_AT = MARK.length + 5;
const PAYLOAD_AT = CHECK_AT + CHECK_BYTES;

/** The most bytes of a payload: a length beyond it is damage, not a reason to read that much. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

const kinds = ['record', 'progress'] as const;

/** One frame of a spool's file. */
export type Frame =
  | { readonly kind: 'record'; readonly payload: Uint8Array }
  /** Every record that begins before this position of the file has arrived where it belongs. */
  | { readonly kind: 'progress'; readonly position: number };

/** The bytes of a frame. Throws a RangeError when a payload is larger than a reader accepts. */
export function encodeFrame(sha256: Sha256, frame: Frame): Uint8Array {
  const payload = frame.kind === 'record' ? frame.payload : encodePosition(frame.position);
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new RangeError(`A record of ${payload.length} bytes is more than a spool takes`);
  }
  const bytes = new Uint8Array(PAYLOAD_AT + payload.length);
  bytes.set(MARK);
  bytes[MARK.length] = kinds.indexOf(frame.kind);
  new DataView(bytes.buffer).setUint32(MARK.length + 1, payload.length);
  bytes.set(payload, PAYLOAD_AT);
  bytes.set(checkOf(sha256, bytes), CHECK_AT);
  return bytes;
}

/** What a reader finds at a place: a frame and where it ends, no frame, or too few bytes to tell. */
export type Found =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly end: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'more'; readonly neededBytes: number };

/** Reads what stands at `offset`. */
export function readFrame(sha256: Sha256, bytes: Uint8Array, offset: number): Found {
  const rest = bytes.subarray(offset);
  if (rest.length < PAYLOAD_AT) return { kind: 'more', neededBytes: PAYLOAD_AT };
  if (!MARK.every((byte, index) => rest[index] === byte)) return { kind: 'nothing' };
  const length = new DataView(rest.buffer, rest.byteOffset).getUint32(MARK.length + 1);
  if (length > MAX_PAYLOAD_BYTES) return { kind: 'nothing' };
  const whole = rest.subarray(0, PAYLOAD_AT + length);
  if (whole.length < PAYLOAD_AT + length) return { kind: 'more', neededBytes: PAYLOAD_AT + length };
  const check = whole.subarray(CHECK_AT, PAYLOAD_AT);
  if (!checkOf(sha256, whole).every((byte, index) => check[index] === byte)) return { kind: 'nothing' };
  const payload = whole.slice(PAYLOAD_AT);
  const kind = kinds[whole[MARK.length] ?? kinds.length];
  if (kind === undefined) return { kind: 'nothing' };
  const frame: Frame = kind === 'record' ? { kind, payload } : { kind, position: decodePosition(payload) };
  return { kind: 'frame', frame, end: offset + whole.length };
}

/** Where behind `offset` the next mark begins, of which the last bytes may only hold a part; the length when there is none. */
export function nextMark(bytes: Uint8Array, offset: number): number {
  for (let at = bytes.indexOf(MARK[0] ?? 0, offset + 1); at >= 0; at = bytes.indexOf(MARK[0] ?? 0, at + 1)) {
    if (MARK.every((byte, index) => at + index >= bytes.length || bytes[at + index] === byte)) return at;
  }
  return bytes.length;
}

function checkOf(sha256: Sha256, frame: Uint8Array): Uint8Array {
  const input = new Uint8Array(frame.length - MARK.length - CHECK_BYTES);
  input.set(frame.subarray(MARK.length, CHECK_AT));
  input.set(frame.subarray(PAYLOAD_AT), CHECK_AT - MARK.length);
  return sha256(input).subarray(0, CHECK_BYTES);
}

function encodePosition(position: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(position));
  return bytes;
}

function decodePosition(payload: Uint8Array): number {
  return Number(new DataView(payload.buffer, payload.byteOffset).getBigUint64(0));
}
