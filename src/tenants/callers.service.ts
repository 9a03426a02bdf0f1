import type { ApiKeyService } from './api-key.service.ts';
import type { Tokens } from './jwt/open-tokens.service.ts';
import { TOKEN_KEY_PREFIX, type Viewer } from './viewer.ts';

/** What a caller may use within a minute; null: as much as it likes. */
interface CallerLimits {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
}

/** Who calls, by whichever credential: an API key, or a token where an issuer is configured. */
export interface Callers {
  /**
   * Makes sure that `authenticate` can judge a credential. Undefined: it can, which is so of every API key. Rejects
   * with UnavailableError when it cannot be judged now.
   */
  introduce(credential: string): Promise<void> | undefined;
  /** The caller that presents a credential now; undefined: it admits nobody. Neither waits nor fails. */
  authenticate(credential: string): Viewer | undefined;
  /** Whether a caller who was admitted still would be. */
  isLive(viewer: Viewer): boolean;
  /** What a caller may use, by its `keyId`; undefined: there is no such key, or not any more. */
  limitsOf(keyId: string): CallerLimits | undefined;
  /** Resolves when callers are judged by everything committed before the call. Never rejects. */
  refresh(): Promise<void>;
}

/** `tokens`: null where no issuer is configured. */
export function createCallers(
  apiKeys: Pick<ApiKeyService, 'authenticate' | 'liveKey' | 'refresh'>,
  tokens: Omit<Tokens, typeof Symbol.asyncDispose> | null,
): Callers {
  return {
    introduce: (credential) => tokens?.introduce(credential),
    // A key that an operator chose may look like a token.
    authenticate: (credential) => tokens?.authenticate(credential) ?? apiKeys.authenticate(credential),
    isLive: (viewer) =>
      viewer.token === undefined
        ? apiKeys.liveKey(viewer.keyId) !== undefined
        : tokens?.isLive(viewer) === true,
    limitsOf: (keyId) => (keyId.startsWith(TOKEN_KEY_PREFIX) ? tokens?.settings : apiKeys.liveKey(keyId)),
    refresh: async () => void (await Promise.all([apiKeys.refresh(), tokens?.refresh()])),
  };
}
