import { Buffer } from 'node:buffer';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { toHex } from '../../src/system/digest.ts';
import {
  drawKey,
  isLive,
  isMistyped,
  KEY_PATTERN,
  keyIdOf,
  keyPrefix,
  type ApiKey,
} from '../../src/tenants/api-key.ts';
import { checksumOf } from '../../src/tenants/key-checksum.ts';
import { nodeSameBytes } from '../../src/tenants/same-bytes.node.ts';

const key: ApiKey = {
  id: '0123456789abcdef',
  tenantId: '019aab00-0000-7000-8000-000000000001',
  environment: 'live',
  secretHash: new Uint8Array(32),
  roles: ['AGENT'],
  label: null,
  createdAt: 0,
  lastUsedAt: null,
  expiresAt: null,
  revokedAt: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
};

/** The last six digits of a number in base62, as GitHub writes them. */
function base62(value: number): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return Array.from({ length: 6 }, (_, place) => digits[Math.floor(value / 62 ** (5 - place)) % 62]).join('');
}

describe('an API key', () => {
  test('carries its environment, its id and 32 random bytes, and gives its id back', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, (drawn) => {
        const random = { next: () => 0, uuid: () => '', bytes: (length: number) => drawn.slice(0, length) };
        const { id, text } = drawKey('live', random);
        const body = `swy_live_${id}_${Buffer.from(drawn).toString('base64url')}`;
        expect(text.slice(0, -6)).toBe(body);
        expect(text.startsWith(`${keyPrefix({ ...key, id })}_`)).toBe(true);
        expect(text).toMatch(new RegExp(`^${KEY_PATTERN}$`));
        expect(isMistyped(text)).toBe(false);
        expect(keyIdOf(text, nodeSha256(text))).toBe(id);
      }),
    );
  });

  test('ends with the CRC-32 of what comes before it, in base62 of six characters', () => {
    expect(checksumOf('')).toBe('000000');
    // CRC-32 of "123456789" is 0xCBF43926, the check value of its definition.
    expect(checksumOf('123456789')).toBe(base62(0xcbf43926));
    const body = `swy_live_0123456789abcdef_${'A'.repeat(43)}`;
    expect(checksumOf(body)).toBe(base62(zlibCrc32(body)));
  });

  test('with one character mistyped is known to be mistyped; one without a checksum is not', () => {
    const body = `swy_live_0123456789abcdef_${'Ab-_9'.repeat(9).slice(0, 43)}`;
    const text = body + checksumOf(body);
    const place = fc.integer({ min: 9, max: text.length - 1 });
    const character = fc.constantFrom('a', 'b', 'c', 'd', '0', '1', '2', '3');
    fc.assert(
      fc.property(place, character, (index, other) => {
        const typed = text.slice(0, index) + other + text.slice(index + 1);
        fc.pre(typed !== text && text[index] !== '_');
        expect(isMistyped(typed)).toBe(true);
      }),
    );
    expect([isMistyped(body), isMistyped('correct horse battery staple')]).toEqual([false, false]);
  });

  test('of a form that an operator chose has an id made from its hash', () => {
    const text = 'correct horse battery staple';
    expect(keyIdOf(text, nodeSha256(text))).toBe(toHex(nodeSha256(text)).slice(0, 16));
  });

  test('admits until it expires or is revoked, to the millisecond', () => {
    expect(isLive(key, 1000)).toBe(true);
    expect(isLive({ ...key, expiresAt: 1000 }, 999)).toBe(true);
    expect(isLive({ ...key, expiresAt: 1000 }, 1000)).toBe(false);
    expect(isLive({ ...key, revokedAt: 1 }, 1000)).toBe(false);
  });

  test('is compared byte by byte, and a different length is a difference', () => {
    expect(nodeSameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(nodeSameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(nodeSameBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });
});
