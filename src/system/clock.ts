/** Time, as an argument to everything that needs it. The only sources of the current instant in the product. */
export interface Clock {
  /** The wall clock: milliseconds since the Unix epoch. May jump; used for stored instants only. */
  now(): number;
  /** Milliseconds, fractional, from an arbitrary origin that never jumps; used for durations and deadlines. */
  monotonicMs(): number;
}
