/** How tokens are judged, and what their holders may use. */
export interface JwtSettings {
  /** Where the issuer publishes its keys (RFC 7517 §5): https, or http on the loopback. */
  readonly jwksUrl: string;
  /** What `iss` must be. */
  readonly issuer: string;
  /** What `aud` must be, or hold. */
  readonly audience: string;
  /** The claim that names the tenant, by its slug or its id. */
  readonly tenantClaim: string;
  /** The claim that lists the roles. */
  readonly rolesClaim: string;
  /** Whether a token may have the role ADMIN. */
  readonly adminAllowed: boolean;
  /** By how much the issuer's clock may differ from this instance's, milliseconds. */
  readonly clockSkewMs: number;
  /** What one subject may use; null: as much as it likes. */
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
}

/** The names of claims where nothing else is configured. */
export const USUAL_CLAIMS = { tenant: 'tenant', roles: 'roles' } as const;

/** Signatures by a private key only: who can check one cannot make one (RFC 8725 §3.1, §3.2). */
export const signatureAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

/** Characters of a token at most: what a header of a request has room for beside others. */
export const MAX_TOKEN_LENGTH = 8_192;

/** Whether a text has the form of a signed token (RFC 7515 §7.1), so that it is worth to be checked. */
export function isTokenShaped(text: string): boolean {
  return text.length <= MAX_TOKEN_LENGTH && /^e[\w-]{1,2000}\.[\w-]+\.[\w-]+$/.test(text);
}
