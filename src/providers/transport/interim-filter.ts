/** How long the head of one interim response may be; what is longer is left to the parser to refuse. */
const maxInterimHeadBytes = 16_384;

/** `HTTP/1.x 1yz`: as much as tells an interim response from the final one. */
const statusLineBytes = 12;

const nothing = new Uint8Array(0);

/**
 * Takes the interim responses (1xx, RFC 9110 §15.2) out of what a connection sends. A server may send any number of
 * them, asked for or not, and a client passes over those that it does not understand; undici cuts the connection at
 * an unasked `100 Continue` and hands on all others as if they were the answer. 101 is none of them: nothing that
 * follows it would be an answer.
 */
export class InterimFilter {
  #awaitsHead = false;
  #held: Uint8Array = nothing;

  /** A request is sent: what comes next begins with the head of a response. */
  expectHead(): void {
    this.#awaitsHead = true;
    this.#held = nothing;
  }

  /** What of the next bytes belongs to final responses; null when nothing does, or it cannot be told yet. */
  pass(bytes: Uint8Array): Uint8Array | null {
    if (!this.#awaitsHead) return bytes;
    this.#held = this.#held.length === 0 ? bytes : joined(this.#held, bytes);
    while (this.#held.length > 0) {
      if (!mayBeInterim(this.#held)) return this.#release();
      if (this.#held.length < statusLineBytes) return null;
      const end = headEnd(this.#held);
      if (end === -1) return this.#held.length > maxInterimHeadBytes ? this.#release() : null;
      this.#held = this.#held.subarray(end);
    }
    return null;
  }

  #release(): Uint8Array {
    const held = this.#held;
    this.#awaitsHead = false;
    this.#held = nothing;
    return held;
  }
}

/** `HTTP/1.` */
const prefix = [72, 84, 84, 80, 47, 49, 46];
const [zero, one, nine, space, lineFeed, carriageReturn] = [48, 49, 57, 32, 10, 13];

/** Whether so many bytes of a head, from its first on, are those of an interim response. */
function mayBeInterim(head: Uint8Array): boolean {
  for (let index = 0; index < Math.min(head.length, statusLineBytes); index += 1) {
    if (!fits(index, head[index] ?? 0)) return false;
  }
  return head.length < statusLineBytes || !(head[10] === zero && head[11] === one);
}

function fits(index: number, byte: number): boolean {
  if (index < prefix.length) return byte === prefix[index];
  if (index === 8) return byte === space;
  if (index === 9) return byte === one;
  return byte >= zero && byte <= nine;
}

/** Where what follows a head begins: behind its empty line; -1 when that is not here yet. */
function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    if (bytes[at + 1] === lineFeed) return at + 2;
    if (bytes[at + 1] === carriageReturn && bytes[at + 2] === lineFeed) return at + 3;
  }
  return -1;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
