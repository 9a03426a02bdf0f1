/** What a key's holder may be. */
export const roles = ['ADMIN', 'TENANT_ADMIN', 'AGENT', 'VIEWER'] as const;

export type Role = (typeof roles)[number];

/** The caller of an operation, as its API key or token tells. */
export interface Viewer {
  readonly tenantId: string;
  /** Whose quota it is: a key's id, or that of a token's subject. */
  readonly keyId: string;
  readonly roles: readonly Role[];
  /** Absent: it is an API key. */
  readonly token?: {
    /** Who the issuer says it is: printable, at most 255 characters. */
    readonly subject: string;
    /** From this instant on it is refused, milliseconds since the epoch. */
    readonly expiresAt: number;
  };
}

/** How the ids of tokens' subjects begin, which no API key's does. */
export const TOKEN_KEY_PREFIX = 'jwt-';

/** How an audit entry names this caller. */
export function actorOf({ keyId, token }: Viewer): string {
  return token === undefined ? `key:${keyId}` : `jwt:${token.subject}`;
}
