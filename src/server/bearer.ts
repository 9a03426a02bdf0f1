import type { IncomingHttpHeaders } from 'node:http';

/** The token of an `Authorization: Bearer …` header (RFC 6750 §2.1). */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

/** What a request of an API beside GraphQL shows of its caller: its Bearer token, else its `x-api-key`. */
export function credentialOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['x-api-key'];
  return bearerOf(headers.authorization) ?? (typeof key === 'string' && key !== '' ? key.trim() : undefined);
}
