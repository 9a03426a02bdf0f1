import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { toHex } from '../../src/system/digest.ts';
import { drawKey, isLive, keyIdOf, keyPrefix, type ApiKey } from '../../src/tenants/api-key.ts';
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

describe('an API key', () => {
  test('carries its environment, its id and 32 random bytes, and gives its id back', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, (drawn) => {
        const random = { next: () => 0, uuid: () => '', bytes: (length: number) => drawn.slice(0, length) };
        const { id, text } = drawKey('live', random);
        expect(text).toBe(`swy_live_${id}_${Buffer.from(drawn).toString('base64url')}`);
        expect(text).toBe(`${keyPrefix({ ...key, id })}_${text.slice(-43)}`);
        expect(keyIdOf(text, nodeSha256(text))).toBe(id);
      }),
    );
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
