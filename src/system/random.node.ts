import { randomBytes, randomFillSync } from 'node:crypto';
import type { Random } from './random.ts';

/** Randomness from the operating system. UUIDs carry `now()`'s milliseconds in their first 48 bits. */
export function createNodeRandom(now: () => number): Random {
  const pool = Buffer.alloc(16 * 256);
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
      stampVersion7(pool, used, now());
      const hex = pool.toString('hex', used, used + 16);
      used += 16;
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}

/** RFC 9562 §5.7: 48 bits of milliseconds, version, 12 random bits, variant, 62 random bits. */
function stampVersion7(bytes: Buffer, at: number, nowMs: number): void {
  bytes.writeUIntBE(Math.max(0, Math.floor(nowMs)) % 2 ** 48, at, 6);
  bytes[at + 6] = ((bytes[at + 6] ?? 0) & 0x0f) | 0x70;
  bytes[at + 8] = ((bytes[at + 8] ?? 0) & 0x3f) | 0x80;
}
