import { randomBytes, randomFillSync } from 'node:crypto';
import { toHex } from './digest.ts';
import type { Random } from './random.ts';

/** Randomness from the operating system. UUIDs carry `now()`'s milliseconds in their first 48 bits. */
export function createNodeRandom(now: () => number): Random {
  const pool = new Uint8Array(16 * 256);
  let used = pool.length;
  return {
    next: () => Math.random(),
    bytes: (length) => new Uint8Array(randomBytes(length)),
    uuid() {
      // A system call per identifier would cost more than the identifier: draw 256 at a time.
      if (used === pool.length) {
        randomFillSync(pool);
        used = 0;
      }
      const bytes = pool.subarray(used, used + 16);
      used += 16;
      stampVersion7(bytes, now());
      const hex = toHex(bytes);
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}

/** RFC 9562 §5.7: 48 bits of milliseconds, version, 12 random bits, variant, 62 random bits. */
function stampVersion7(bytes: Uint8Array, nowMs: number): void {
  let rest = Math.floor(nowMs);
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
}
