import type { Clock } from '../../system/clock.ts';
import type { Sha256 } from '../../system/digest.ts';
import { RETRY_SOON_MS, UnavailableError } from '../../system/expected-error.ts';
import type { Log } from '../../system/log.ts';
import { TOKEN_KEY_PREFIX, type Viewer } from '../viewer.ts';
import { judgeClaims, type TokenClaims } from './claims.ts';
import type { Jwks } from './jwks.service.ts';
import type { KeySet } from './jwks.ts';
import { isTokenShaped, type JwtSettings } from './settings.ts';
import type { TenantNames } from './tenant-names.service.ts';
import type { Verified, VerifyToken } from './verify.jose.ts';

/** Tokens whose judgement is kept; of more, those that were not shown for longest are checked anew. */
export const MAX_KEPT = 10_000;

/** Tokens that are being checked at once: more have to come again. */
export const MAX_CHECKED_AT_ONCE = 1_000;

/** Callers by tokens of the configured issuer. */
export interface TokenService {
  /**
   * Checks a token that is not known yet. Undefined: there is nothing to wait for. Rejects with UnavailableError
   * when tokens cannot be checked now.
   */
  introduce(text: string): Promise<void> | undefined;
  /** The caller by a token that was introduced and is good; from memory alone. */
  authenticate(text: string): Viewer | undefined;
  /** Whether a caller by a token would still be admitted. */
  isLive(viewer: Viewer): boolean;
}

export interface TokenServiceOptions {
  readonly settings: JwtSettings;
  readonly jwks: Pick<Jwks, 'current' | 'lookUp'>;
  readonly verify: VerifyToken;
  readonly tenants: Pick<TenantNames, 'idOf'>;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly log: Log;
}

/** A judgement of one token, by the keys of one reading. */
interface Known {
  readonly claims: TokenClaims;
  readonly viewer: Viewer;
  readonly keys: KeySet;
}

/** No token is known. Those that are refused are not kept, so that nobody can fill the memory with them. */
export function createTokenService(options: TokenServiceOptions): TokenService {
  const { settings, jwks, verify, tenants, clock, sha256, log } = options;
  const known = new Map<string, Known>();
  const checking = new Map<string, Promise<void>>();

  /** What is known of a token, as long as it is good and its issuer's keys are the same. */
  function recall(digest: string): Known | undefined {
    const found = known.get(digest);
    if (found === undefined) return undefined;
    known.delete(digest);
    if (clock.now() >= found.claims.expiresAt || found.keys !== jwks.current()) return undefined;
    known.set(digest, found);
    return found;
  }

  function keep(digest: string, judged: Known): void {
    const [oldest] = known.keys();
    if (known.size >= MAX_KEPT && oldest !== undefined) known.delete(oldest);
    known.set(digest, judged);
  }

  async function check(text: string, digest: string): Promise<void> {
    if (jwks.current() === undefined) await jwks.lookUp();
    let keys = requireKeys(jwks.current());
    let verified: Verified = await verify(text, keys, clock.now());
    if (verified.kind === 'unknown_key') {
      await jwks.lookUp();
      const found = requireKeys(jwks.current());
      if (found !== keys) verified = await verify(text, (keys = found), clock.now());
    }
    const judged =
      verified.kind === 'verified'
        ? judgeClaims(verified.claims, settings, clock.now())
        : { refused: verified.kind === 'refused' ? verified.reason : 'its key is not known' };
    if ('refused' in judged) return log.debug('A token was refused.', { reason: judged.refused });
    const tenantId = tenants.idOf(judged.tenant);
    if (tenantId === undefined)
      return log.debug('A token was refused.', { reason: 'there is no such tenant' });
    keep(digest, { claims: judged, viewer: toViewer(judged, tenantId), keys });
  }

  function toViewer({ subject, roles, expiresAt }: TokenClaims, tenantId: string): Viewer {
    const keyId = TOKEN_KEY_PREFIX + sha256.hex(JSON.stringify([tenantId, subject])).slice(0, 32);
    return { tenantId, keyId, roles, token: { subject, expiresAt } };
  }

  return {
    introduce(text) {
      if (!isTokenShaped(text)) return undefined;
      const digest = sha256.hex(text);
      if (recall(digest) !== undefined) return undefined;
      const under = checking.get(digest);
      if (under !== undefined) return under;
      if (checking.size >= MAX_CHECKED_AT_ONCE) return Promise.reject(notNow());
      const work = check(text, digest).finally(() => checking.delete(digest));
      checking.set(digest, work);
      return work;
    },
    authenticate(text) {
      if (known.size === 0 || !isTokenShaped(text)) return undefined;
      const found = recall(sha256.hex(text));
      return found !== undefined && tenants.idOf(found.claims.tenant) === found.viewer.tenantId
        ? found.viewer
        : undefined;
    },
    isLive: ({ tenantId, token }) =>
      token !== undefined && clock.now() < token.expiresAt && tenants.idOf(tenantId) !== undefined,
  };
}

function requireKeys(keys: KeySet | undefined): KeySet {
  if (keys === undefined) throw notNow();
  return keys;
}

function notNow(): UnavailableError {
  return new UnavailableError('Tokens cannot be checked now: their issuer does not answer.', RETRY_SOON_MS);
}
