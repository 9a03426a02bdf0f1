import type { Bus } from '../../events/bus.ts';
import type { Database } from '../../storage/database.ts';
import type { Clock } from '../../system/clock.ts';
import type { Sha256 } from '../../system/digest.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import { createJwks } from './jwks.service.ts';
import { createReadJwks } from './read-jwks.node.ts';
import type { JwtSettings } from './settings.ts';
import { createTenantNames } from './tenant-names.service.ts';
import { createTokenService, type TokenService } from './token.service.ts';
import { createVerifier } from './verify.jose.ts';

/** Callers by tokens, with all that they are judged by. */
export interface Tokens extends TokenService, AsyncDisposable {
  readonly settings: JwtSettings;
  /** Resolves when tokens are judged by everything committed before the call. */
  refresh(): Promise<void>;
}

/**
 * Begins to read the issuer's keys, and does not wait for them; rejects when the database is away. Null where no issuer
 * is configured.
 */
export async function openTokens(options: {
  readonly settings: JwtSettings | null;
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly sha256: Sha256;
  readonly log: Log;
}): Promise<Tokens | null> {
  const { settings } = options;
  if (settings === null) return null;
  await using stack = new AsyncDisposableStack();
  const names = stack.use(await createTenantNames(options));
  const jwks = stack.use(createJwks({ ...options, read: createReadJwks(settings.jwksUrl) }));
  const tokens = createTokenService({
    ...options,
    settings,
    jwks,
    verify: createVerifier(settings),
    tenants: names,
  });
  const owned = stack.move();
  return {
    ...tokens,
    settings,
    refresh: () => names.refresh(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
