/** Randomness, as an argument: tests replace it by a seeded source. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `length` bytes fit for secrets. */
  bytes(length: number): Uint8Array;
  /** A UUID of version 7 (RFC 9562): unique, and ordered by the instant it was made. */
  uuid(): string;
}
