import { InputReader, type Checked } from '../system/input/reader.ts';
import { integer, laterThan, line, type Rule } from '../system/input/rules.ts';
import type { ApiKey } from './api-key.ts';
import type { Role } from './viewer.ts';

/** What a new API key should be. */
export interface KeyRequest {
  readonly roles: readonly Role[];
  readonly label: string | null;
  /** Milliseconds since the epoch; null: never. */
  readonly expiresAt: number | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
}

const labelRule = line(0, 200);
/** GraphQL's Int ends there, as do the columns. */
const quotaRule = integer(1, 2_147_483_647);
const rolesRule: Rule<readonly Role[], readonly Role[]> = {
  read: (roles) => (roles.length > 0 ? [...new Set(roles)] : undefined),
  message: 'must name at least one role',
};

/** A wish for a new key as it can be granted, or what is wrong with it. */
export function checkKeyRequest(raw: KeyRequest, now: number): Checked<KeyRequest> {
  const input = new InputReader(raw);
  return input.checked({
    roles: input.required('roles', rolesRule),
    label: input.nullable('label', labelRule),
    expiresAt: input.nullable('expiresAt', laterThan(now)),
    requestsPerMinute: input.nullable('requestsPerMinute', quotaRule),
    tokensPerMinute: input.nullable('tokensPerMinute', quotaRule),
  });
}

/** The key as wished for, issued now. */
export function newKey(
  identity: Pick<ApiKey, 'id' | 'tenantId' | 'environment' | 'secretHash'>,
  request: KeyRequest,
  now: number,
): ApiKey {
  return { ...request, ...identity, createdAt: now, lastUsedAt: null, revokedAt: null };
}
