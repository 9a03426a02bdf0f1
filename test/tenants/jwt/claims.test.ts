import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeClaims, MAX_LIFETIME_MS } from '../../../src/tenants/jwt/claims.ts';
import type { JwtSettings } from '../../../src/tenants/jwt/settings.ts';

const now = 1_800_000_000_000;
const seconds = now / 1000;
const settings: JwtSettings = {
  ...{ jwksUrl: 'https://issuer.example/keys', issuer: 'i', audience: 'a' },
  ...{ tenantClaim: 'https://example.com/tenant', rolesClaim: 'roles', adminAllowed: false },
  ...{ clockSkewMs: 30_000, requestsPerMinute: null, tokensPerMinute: null },
};
const sound = {
  ...{ sub: 'someone', iat: seconds, exp: seconds + 3600 },
  ...{ 'https://example.com/tenant': 'acme', roles: ['AGENT', 'VIEWER'] },
};
const judge = (changes: object, other: Partial<JwtSettings> = {}) =>
  judgeClaims({ ...sound, ...changes }, { ...settings, ...other }, now);

describe('the claims of a token', () => {
  test('say whose it is: subject, tenant, roles, and until when', () => {
    const expiresAt = now + 3_600_000 + 30_000;
    const judged = { subject: 'someone', tenant: 'acme', roles: ['AGENT', 'VIEWER'], expiresAt };
    expect(judge({})).toEqual(judged);
    expect(judge({ roles: 'VIEWER AGENT' })).toEqual(judged);
    expect(judge({ roles: ['VIEWER', 'AGENT', 'VIEWER'] })).toEqual(judged);
    expect(judge({ iat: undefined })).toEqual(judged);
  });

  test.each([
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject that is no text', { sub: { toString: 'x' } }],
    ['a subject that forges lines', { sub: 'a\nb' }],
    ['a long subject', { sub: 'x'.repeat(256) }],
    ['no tenant', { 'https://example.com/tenant': undefined }],
    ['several tenants', { 'https://example.com/tenant': ['acme', 'other'] }],
    ['a long tenant', { 'https://example.com/tenant': 'x'.repeat(101) }],
    ['no roles', { roles: undefined }],
    ['an empty list of roles', { roles: [] }],
    ['a role that is not known', { roles: ['AGENT', 'OWNER'] }],
    ['a role in small letters', { roles: ['agent'] }],
    ['a role that is no text', { roles: ['AGENT', 1] }],
    ['roles as an object', { roles: { AGENT: true } }],
    ['too many roles', { roles: Array.from({ length: 17 }, () => 'AGENT') }],
    ['ADMIN', { roles: ['ADMIN'] }],
    ['no end', { exp: undefined }],
    ['an end that is none', { exp: Infinity }],
    ['a beginning in the future', { iat: seconds + 31 }],
    ['a life of more than a day', { exp: seconds + MAX_LIFETIME_MS / 1000 + 1 }],
    [
      'a life of more than a day, of which a part is over',
      { iat: seconds - 3600, exp: seconds + MAX_LIFETIME_MS / 1000 },
    ],
    ['a life of more than a day from now, without a beginning', { iat: undefined, exp: seconds + 90_000 }],
  ])('with %s are refused whole', (_, changes) => {
    expect(judge(changes)).toEqual({ refused: expect.any(String) as string });
  });

  test('may give ADMIN where that is allowed', () => {
    expect(judge({ roles: ['ADMIN'] }, { adminAllowed: true })).toMatchObject({ roles: ['ADMIN'] });
  });

  test('are read from the token alone, whatever a claim is called', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(judge({}, { tenantClaim: name })).toHaveProperty('refused');
      expect(judge({}, { rolesClaim: name })).toHaveProperty('refused');
    }
  });

  test('of any kind are judged without a fault', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(sound)), fc.jsonValue()), (changes) => {
        const judged = judge(changes);
        expect('refused' in judged || judged.subject.length > 0).toBe(true);
      }),
    );
  });
});
