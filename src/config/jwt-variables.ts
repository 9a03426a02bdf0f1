import { USUAL_CLAIMS, type JwtSettings } from '../tenants/jwt/settings.ts';
import type { Environment } from './config.ts';
import { integer, onOrOff, type Variable } from './variable.ts';

const jwksUrl: Variable<string | null> = {
  name: 'SWITCHYARD_JWKS_URL',
  fallback: null,
  fallbackMeaning: 'there are API keys only',
  allowed: 'a URL that begins with https://, or with http:// on this machine, without a user',
  meaning: 'Where an issuer of tokens (JWT) publishes its keys; needs an issuer and an audience.',
  secret: false,
  parse(text) {
    const url = URL.parse(text);
    if (url === null || url.username !== '' || url.password !== '') return undefined;
    const isHere = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
    return url.protocol === 'https:' || (url.protocol === 'http:' && isHere) ? text : undefined;
  },
};

const jwtIssuer: Variable<string | null> = {
  name: 'SWITCHYARD_JWT_ISSUER',
  fallback: null,
  fallbackMeaning: 'there are API keys only',
  ...name(500),
  meaning: 'What `iss` of a token must be.',
  secret: false,
};

const jwtAudience: Variable<string | null> = {
  name: 'SWITCHYARD_JWT_AUDIENCE',
  fallback: null,
  fallbackMeaning: 'there are API keys only',
  ...name(500),
  meaning: 'What `aud` of a token must be, or hold.',
  secret: false,
};

const jwtTenantClaim: Variable<string> = {
  name: 'SWITCHYARD_JWT_TENANT_CLAIM',
  fallback: USUAL_CLAIMS.tenant,
  ...name(200),
  meaning: 'The claim of a token that names the tenant, by its slug or its UUID.',
  secret: false,
};

const jwtRolesClaim: Variable<string> = {
  name: 'SWITCHYARD_JWT_ROLES_CLAIM',
  fallback: USUAL_CLAIMS.roles,
  ...name(200),
  meaning: 'The claim of a token that lists the roles, as texts or in one with spaces between.',
  secret: false,
};

const jwtAdmin: Variable<boolean> = {
  name: 'SWITCHYARD_JWT_ADMIN',
  fallback: false,
  fallbackMeaning: 'off',
  ...onOrOff(),
  meaning: 'Whether a token may have the role ADMIN; off: one that lists it is refused.',
  secret: false,
};

const jwtClockSkewMs: Variable<number> = {
  name: 'SWITCHYARD_JWT_CLOCK_SKEW_MS',
  fallback: 30_000,
  ...integer(0, 300_000),
  meaning: 'By how much the clock of the issuer may differ, in milliseconds.',
  secret: false,
};

const jwtRequestsPerMinute: Variable<number | null> = {
  name: 'SWITCHYARD_JWT_REQUESTS_PER_MINUTE',
  fallback: null,
  fallbackMeaning: 'no limit',
  ...integer(1, 999_999_999),
  meaning: 'The calls a minute that the holders of one subject’s tokens have together.',
  secret: false,
};

const jwtTokensPerMinute: Variable<number | null> = {
  name: 'SWITCHYARD_JWT_TOKENS_PER_MINUTE',
  fallback: null,
  fallbackMeaning: 'no limit',
  ...integer(1, 999_999_999),
  meaning: 'The models’ tokens a minute that the holders of one subject’s tokens have together.',
  secret: false,
};

/** The variables about tokens of another issuer. */
export const jwtVariables = {
  jwksUrl,
  jwtIssuer,
  jwtAudience,
  jwtTenantClaim,
  jwtRolesClaim,
  jwtAdmin,
  jwtClockSkewMs,
  jwtRequestsPerMinute,
  jwtTokensPerMinute,
} as const;

type Read = <T>(variable: Variable<T>) => T;

const needed = [jwksUrl, jwtIssuer, jwtAudience] as const;

/** How tokens are judged; null where it is not said whole. */
export function readJwt(read: Read): JwtSettings | null {
  const [url, issuer, audience] = needed.map((variable) => read(variable));
  const settings = {
    tenantClaim: read(jwtTenantClaim),
    rolesClaim: read(jwtRolesClaim),
    adminAllowed: read(jwtAdmin),
    clockSkewMs: read(jwtClockSkewMs),
    requestsPerMinute: read(jwtRequestsPerMinute),
    tokensPerMinute: read(jwtTokensPerMinute),
  };
  if (url == null || issuer == null || audience == null) return null;
  return { jwksUrl: url, issuer, audience, ...settings };
}

/** What is missing where only a part of what tokens need is said. */
export function jwtProblems(env: Environment): string[] {
  const missing = needed.filter((variable) => (env[variable.name] ?? '') === '');
  if (missing.length === needed.length) return [];
  const names = needed.map((variable) => variable.name).join(', ');
  return missing.map((variable) => `${variable.name} must be set: tokens need all of ${names}`);
}

/** A text that is compared as it is. */
function name(most: number): Pick<Variable<string>, 'allowed' | 'parse'> {
  return {
    allowed: `1 to ${most} printable ASCII characters without spaces`,
    parse: (text) => (/^[!-~]+$/.test(text) && text.length <= most ? text : undefined),
  };
}
