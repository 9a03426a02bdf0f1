import type { AuditDraft } from '../audit/entry.ts';
import { keyPrefix, type ApiKey } from './api-key.ts';

/** The entry that a key's tenant keeps of its issue or revocation: all that may be shown of the key. */
export function keyEntry(
  type: 'key.issued' | 'key.revoked',
  key: ApiKey,
  act: Pick<AuditDraft, 'id' | 'at' | 'actor'>,
): AuditDraft {
  const { id: keyId, roles, label, expiresAt, requestsPerMinute, tokensPerMinute } = key;
  const limits = { expiresAt, requestsPerMinute, tokensPerMinute };
  const payload = { keyId, prefix: keyPrefix(key), roles, label, ...limits };
  return { ...act, tenantId: key.tenantId, type, payload };
}
