import type { InputIssue } from '../system/expected-error.ts';
import { isPrintable } from '../system/printable.ts';
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

const MAX_LABEL_CHARACTERS = 200;

/** What is wrong with a wish for a new key. */
export function keyRequestIssues(request: KeyRequest, now: number): InputIssue[] {
  const { roles, label, expiresAt, requestsPerMinute, tokensPerMinute } = request;
  const issues: InputIssue[] = [];
  const refuse = (field: keyof KeyRequest, message: string) => issues.push({ path: [field], message });
  if (roles.length === 0) refuse('roles', 'must name at least one role');
  if (label !== null && ([...label].length > MAX_LABEL_CHARACTERS || !isPrintable(label))) {
    refuse('label', `must have at most ${MAX_LABEL_CHARACTERS} printable characters`);
  }
  if (expiresAt !== null && expiresAt <= now) refuse('expiresAt', 'must lie in the future');
  if (requestsPerMinute !== null && requestsPerMinute < 1) refuse('requestsPerMinute', 'must be at least 1');
  if (tokensPerMinute !== null && tokensPerMinute < 1) refuse('tokensPerMinute', 'must be at least 1');
  return issues;
}

/** The key as wished for, issued now. */
export function newKey(
  identity: Pick<ApiKey, 'id' | 'tenantId' | 'environment' | 'secretHash'>,
  request: KeyRequest,
  now: number,
): ApiKey {
  const roles = [...new Set(request.roles)];
  return { ...request, ...identity, roles, createdAt: now, lastUsedAt: null, revokedAt: null };
}
