/** Counts what a WebSocket's client has sent of a message that it has not ended yet. */
export interface FrameCounter {
  /** Takes what came over the connection; returns how many bytes of it are parts of messages. */
  take(bytes: Uint8Array): number;
  /** Whether a message has begun and not ended. */
  isOpen(): boolean;
}

/** Bit of the first byte of a frame: it is the last of its message. */
const FIN = 0x80;
/** The other bits of it that count: what the frame is; from 8 on it controls, and may stand within a message. */
const OPCODE = 0x0f;
const FIRST_CONTROL_OPCODE = 8;
/** Of the second byte: the payload is masked, as those of clients are; the rest is its length, or how that is told. */
const MASKED = 0x80;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

/** No frame has come. Reads heads of frames alone (RFC 6455 §5.2), and leaves it to others to judge them. */
export function createFrameCounter(): FrameCounter {
  const head: number[] = [];
  let payloadLeft = 0;
  let inFrame = false;
  let isLast = false;
  let isData = false;
  let isOpen = false;

  function endFrame(): void {
    inFrame = false;
    if (isData) isOpen = !isLast;
  }

  function beginFrame(): void {
    const [first = 0] = head;
    isLast = (first & FIN) !== 0;
    isData = (first & OPCODE) < FIRST_CONTROL_OPCODE;
    payloadLeft = payloadLength(head);
    head.length = 0;
    inFrame = true;
    if (isData) isOpen = true;
    if (payloadLeft === 0) endFrame();
  }

  return {
    isOpen: () => isOpen,
    take(bytes) {
      let parts = 0;
      for (let at = 0; at < bytes.length;) {
        if (inFrame) {
          const length = Math.min(payloadLeft, bytes.length - at);
          if (isData) parts += length;
          payloadLeft -= length;
          at += length;
          if (payloadLeft === 0) endFrame();
        } else {
          head.push(bytes[at] ?? 0);
          at += 1;
          if (head.length >= 2 && head.length === headLength(head[1] ?? 0)) beginFrame();
        }
      }
      return parts;
    },
  };
}

function headLength(second: number): number {
  const length = second & ~MASKED;
  const more = length === LENGTH_IN_8_BYTES ? 8 : length === LENGTH_IN_2_BYTES ? 2 : 0;
  return 2 + more + ((second & MASKED) === 0 ? 0 : 4);
}

function payloadLength(head: readonly number[]): number {
  const [, second = 0] = head;
  const length = second & ~MASKED;
  if (length < LENGTH_IN_2_BYTES) return length;
  const bytes = head.slice(2, length === LENGTH_IN_2_BYTES ? 4 : 10);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}
