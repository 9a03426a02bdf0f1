/** What a key's holder may be. */
export const roles = ['ADMIN', 'TENANT_ADMIN', 'AGENT', 'VIEWER'] as const;

export type Role = (typeof roles)[number];

/** The caller of an operation, as its API key tells. */
export interface Viewer {
  readonly tenantId: string;
  readonly keyId: string;
  readonly roles: readonly Role[];
}

/** How an audit entry names this caller. */
export function actorOf(viewer: Viewer): string {
  return `key:${viewer.keyId}`;
}
