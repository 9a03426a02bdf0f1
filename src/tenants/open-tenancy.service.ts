import type { Bus } from '../events/bus.ts';
import type { PolicyService } from '../policies/policy.service.ts';
import type { Database } from '../storage/database.ts';
import type { Clock } from '../system/clock.ts';
import type { Sha256 } from '../system/digest.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { createApiKeyService, type ApiKeyService } from './api-key.service.ts';
import type { SameBytes } from './api-key.ts';
import { createCallers, type Callers } from './callers.service.ts';
import { openTokens } from './jwt/open-tokens.service.ts';
import type { JwtSettings } from './jwt/settings.ts';
import { createLastUsed } from './last-used.service.ts';
import { createTenantService, type TenantService } from './tenant.service.ts';

/** Tenants, and all by which their callers are known. */
export interface Tenancy extends AsyncDisposable {
  readonly apiKeys: ApiKeyService;
  readonly callers: Callers;
  readonly tenants: TenantService;
}

/** Loads what callers are judged by; rejects when the database is away. `jwt`: null where no issuer is configured. */
export async function openTenancy(options: {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly sha256: Sha256;
  readonly sameBytes: SameBytes;
  readonly log: Log;
  readonly policies: PolicyService;
  readonly jwt: JwtSettings | null;
}): Promise<Tenancy> {
  const { database, timers, log, jwt: settings } = options;
  await using stack = new AsyncDisposableStack();
  const lastUsed = stack.use(createLastUsed(database.prisma, timers, log));
  const apiKeys = stack.use(await createApiKeyService({ ...options, lastUsed }));
  const tokens = stack.use(await openTokens({ ...options, settings }));
  const callers = createCallers(apiKeys, tokens);
  const tenants = createTenantService({ ...options, apiKeys: callers });
  const owned = stack.move();
  return { apiKeys, callers, tenants, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
