import { expect } from 'vitest';
import { adminKey } from '../../support/graphql/client.ts';
import { indiscretionIn } from '../../support/hostile/discreet.ts';

/** One answer as it came over the wire. */
export interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The codes of its `errors`, when it is JSON and has any. */
  readonly codes: readonly (string | undefined)[];
}

/** The headers of a well-formed request of the admin's. */
export const adminJson = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' } as const;

/** Sends a request as it is, and makes sure that the answer tells nothing of the server's inside. */
export async function exchange(url: string, init: RequestInit = {}): Promise<Exchange> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  const { errors = [] } = (isJson ? JSON.parse(text) : {}) as {
    errors?: { extensions?: { code?: string } }[];
  };
  if (isJson) expectDiscreet(text);
  const codes = errors.map(({ extensions }) => extensions?.code);
  return { status: response.status, headers: response.headers, text, codes };
}

/** No stack, no path, no SQL, nothing of the database's own words. */
export function expectDiscreet(text: string): void {
  expect(indiscretionIn(text)).toBeNull();
}
