/** Digits, capitals, small letters: the base62 of GitHub's tokens. */
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Characters of a checksum: 62^6 is more than 2^32. */
const LENGTH = 6;

/**
 * The CRC-32 of an ASCII text in base62, with leading zeros. At the end of a key it lets scanners of secrets tell one
 * from what only looks like it, and a mistyped one be refused without being looked for. It keeps no secret.
 */
export function checksumOf(text: string): string {
  let rest = crc32(Array.from(text, (character) => character.charCodeAt(0)));
  let digits = '';
  for (let place = 0; place < LENGTH; place += 1) {
    digits = (BASE62[rest % 62] ?? '') + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** CRC-32 of ISO 3309, as in zip files, PNG and scanners of secrets: the polynomial 0xEDB88320, reflected. 0..2^32-1. */
function crc32(bytes: Iterable<number>): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

const table = Array.from({ length: 256 }, (_, index) => {
  let entry = index;
  for (let bit = 0; bit < 8; bit += 1) entry = entry & 1 ? (entry >>> 1) ^ 0xedb88320 : entry >>> 1;
  return entry >>> 0;
});
