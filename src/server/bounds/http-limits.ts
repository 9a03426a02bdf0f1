import type { ServerOptions, ServerResponse } from 'node:http';
import type { Timers } from '../../system/timers.ts';
import { LONGEST_ARRIVAL_MS } from './arrival.ts';

/** Header fields of a request at most. */
export const MOST_HEADERS = 200;

/** What Node itself holds connections to. A request that is not here in time is answered with 408, or cut. */
export const httpLimits = {
  maxHeaderSize: 16 * 1024,
  // Also how long a new connection may be silent.
  headersTimeout: 10_000,
  // Bodies that are being read are ended by us before; this is for what is thrown away as it comes.
  requestTimeout: LONGEST_ARRIVAL_MS + 5_000,
  connectionsCheckingInterval: 2_000,
} as const satisfies ServerOptions;

/** How long an answer that is whole may wait for its client to read it. */
export const UNREAD_LIMIT_MS = 60_000;

/** So many operations the explorer's page counts as, which is megabytes and needs no key. */
export const EXPLORER_COST = 100;

/** Cuts the connection of a client that does not read its answer, once that has ended. Live streams end otherwise. */
export function cutUnread(response: ServerResponse, timers: Timers): void {
  if (response.writableFinished || !response.writableEnded || response.writableLength === 0) return;
  const timer = timers.after(UNREAD_LIMIT_MS, () => response.destroy());
  response.once('close', () => timer[Symbol.dispose]());
}
