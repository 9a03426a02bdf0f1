import { timingSafeEqual } from 'node:crypto';
import type { SameBytes } from './api-key.ts';

/** By OpenSSL. Byte strings of different length differ; that is no secret. */
export const nodeSameBytes: SameBytes = (one, other) =>
  one.length === other.length && timingSafeEqual(one, other);
