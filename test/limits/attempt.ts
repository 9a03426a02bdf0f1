import type { QuotaService } from '../../src/limits/quota.service.ts';
import { RateLimitedError } from '../../src/system/expected-error.ts';

/** Tries one call: whether it was admitted, or when it may come back. */
export function attempt(quota: QuotaService, keyId: string, tokens = 0): 'admitted' | number | null {
  try {
    quota.take(keyId, () => tokens);
    return 'admitted';
  } catch (error) {
    if (error instanceof RateLimitedError) return error.retryAfterMs;
    throw error;
  }
}
