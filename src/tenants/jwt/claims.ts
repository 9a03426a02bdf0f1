import { isPrintable } from '../../system/input/printable.ts';
import { roles as knownRoles, type Role } from '../viewer.ts';
import type { JwtSettings } from './settings.ts';

/** Whose token it is, as its claims say. */
export interface TokenClaims {
  /** The tenant's slug or id, as it stands in the token. */
  readonly tenant: string;
  readonly roles: readonly Role[];
  /** Who the issuer says it is: printable, 1..255 characters. */
  readonly subject: string;
  /** From this instant on it is refused, milliseconds since the epoch; the clock skew is part of it. */
  readonly expiresAt: number;
}

/** Why claims are refused, for the log alone. */
export interface RefusedClaims {
  readonly refused: string;
}

/** How long a token may be good for at most: it cannot be revoked, so it must end. */
export const MAX_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Roles that a token may list, known or not. */
const MAX_ROLES = 16;

/**
 * What the claims of a token say whose signature, issuer, audience and times have been checked. Whatever is not as it
 * must be refuses the token whole: a role that is not known may be a misspelt one, and none is left out in silence.
 */
export function judgeClaims(
  claims: Readonly<Record<string, unknown>>,
  settings: JwtSettings,
  now: number,
): TokenClaims | RefusedClaims {
  const claim = (name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const subject = claim('sub');
  if (!isName(subject, 255)) return { refused: '`sub` is no name' };
  const tenant = claim(settings.tenantClaim);
  if (!isName(tenant, 100)) return { refused: 'the claim of the tenant is no name' };
  const roles = rolesOf(claim(settings.rolesClaim));
  if (roles === undefined) return { refused: 'the claim of the roles lists none, or one that is not known' };
  if (roles.includes('ADMIN') && !settings.adminAllowed) return { refused: 'ADMIN is not given to tokens' };
  const { clockSkewMs } = settings;
  const expiresMs = Number(claim('exp')) * 1000;
  const issued = claim('iat');
  const issuedMs = issued === undefined ? now : Number(issued) * 1000;
  if (!Number.isFinite(expiresMs) || !Number.isFinite(issuedMs)) return { refused: 'a time is no number' };
  if (issuedMs > now + clockSkewMs) return { refused: 'it was issued in the future' };
  if (expiresMs - Math.min(issuedMs, now) > MAX_LIFETIME_MS) return { refused: 'it is good for too long' };
  return { tenant, roles, subject, expiresAt: expiresMs + clockSkewMs };
}

function isName(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= most && isPrintable(value);
}

/** A list of names, or a text of them with spaces between, as `scope` has (RFC 8693 §4.2). */
function rolesOf(value: unknown): readonly Role[] | undefined {
  const names: unknown = typeof value === 'string' ? value.split(' ').filter((name) => name !== '') : value;
  if (!Array.isArray(names) || names.length === 0 || names.length > MAX_ROLES) return undefined;
  const found = knownRoles.filter((role) => names.includes(role));
  return names.every((name) => (knownRoles as readonly unknown[]).includes(name)) ? found : undefined;
}
