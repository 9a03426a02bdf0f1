import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from 'jose';
import type { KeySet } from './jwks.ts';
import { signatureAlgorithms, type JwtSettings } from './settings.ts';

/** What checking a token has come to. */
export type Verified =
  | { readonly kind: 'verified'; readonly claims: Readonly<Record<string, unknown>> }
  /** It names a key that is not among those that are known. */
  | { readonly kind: 'unknown_key' }
  /** `reason` is for the log alone. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Checks a token's signature, issuer, audience and times at an instant. Never rejects. */
export type VerifyToken = (text: string, keys: KeySet, now: number) => Promise<Verified>;

/** Types of tokens (RFC 7519 §5.1, RFC 9068 §2.1); any other is a token of another kind, which is no access token. */
const types: readonly (string | undefined)[] = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];

/**
 * By jose. Keys come from the configured set alone: whatever key, or address of one, a token itself carries is not
 * looked at, and a header that must be understood (`crit`) and is not refuses it.
 */
export function createVerifier({
  issuer,
  audience,
  clockSkewMs,
}: Pick<JwtSettings, 'issuer' | 'audience' | 'clockSkewMs'>): VerifyToken {
  const resolvers = new WeakMap<KeySet, ReturnType<typeof createLocalJWKSet>>();
  const resolverOf = (keys: KeySet) => {
    const resolver =
      resolvers.get(keys) ?? createLocalJWKSet({ keys: keys.keys } as unknown as JSONWebKeySet);
    resolvers.set(keys, resolver);
    return resolver;
  };
  return async (text, keys, now) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(text, resolverOf(keys), {
        ...{ issuer, audience, algorithms: [...signatureAlgorithms] },
        requiredClaims: ['exp', 'sub'],
        clockTolerance: clockSkewMs / 1000,
        currentDate: new Date(now),
      });
      if (!types.includes(protectedHeader.typ?.toLowerCase())) return { kind: 'refused', reason: 'typ' };
      return { kind: 'verified', claims: payload };
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return { kind: 'unknown_key' };
      return { kind: 'refused', reason: error instanceof errors.JOSEError ? error.code : String(error) };
    }
  };
}
