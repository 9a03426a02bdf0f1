import type { Socket } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import type { EdgeLimits } from '../../config/edge-limits.ts';
import type { Rates } from '../../limits/rates.service.ts';
import type { Viewer } from '../../tenants/viewer.ts';
import { createCallers, type Callers } from './callers.ts';
import { createCaps, type Caps } from './caps.ts';
import { createClientAddresses, type ClientAddresses } from './client-address.ts';
import { createHeldBytes, type HeldBytes } from './held-bytes.ts';
import { createQueryTurns, type QueryTurns } from './query-turns.ts';
import { createSpacing, type Spacing } from './spacing.ts';

/** Requests that one connection may have unanswered: nobody's client needs more, and each is worked on at once. */
export const MOST_PIPELINED = 32;

/** Which part of an address's connections may be WebSockets whose clients have not introduced themselves. */
const GREETING_SHARE = 1 / 4;

/** Bodies that one key may be sending at once. */
export const MOST_BODIES = 200;

/** Which part of the heap what clients send may take while it is dealt with: it is copied some times on its way. */
const HEAP_SHARE = 1 / 8;

/** Which part of that one key or one address may take. */
const HOLDER_SHARE = 1 / 2;

/** From one large request to the next: some times what it takes to read one, so that most of the time is for others. */
const LARGE_SPACING_MS = 500;

/** What anybody may hold of this server, and how often they may ask. */
export interface Bounds {
  readonly addresses: ClientAddresses;
  readonly callers: Callers;
  readonly rates: Rates;
  /** By address. */
  readonly connections: Caps<string>;
  /** By connection. */
  readonly pipelined: Caps<Socket>;
  /** By address: sockets that wait for their client's key. */
  readonly greetings: Caps<string>;
  /** By key. */
  readonly sockets: Caps<string>;
  /** By key. */
  readonly subscriptions: Caps<string>;
  /** By key. */
  readonly bodies: Caps<string>;
  /** By key and by address. */
  readonly held: HeldBytes;
  /** By tenant: of large requests by those who have no models called. */
  readonly large: Spacing;
  /** By tenant. */
  readonly queries: QueryTurns;
}

/** What bounds are made from. */
export interface BoundsOptions {
  readonly limits: EdgeLimits;
  readonly rates: Rates;
  /** The caller whose key this is; undefined when it admits nobody now. */
  readonly authenticate: (key: string) => Viewer | undefined;
  /** Bytes for what clients send; absent: a part of the heap. */
  readonly heldBytes?: number;
}

/** Nobody holds anything yet. */
export function createBounds({ limits, rates, authenticate, heldBytes }: BoundsOptions): Bounds {
  const all = heldBytes ?? Math.floor(getHeapStatistics().heap_size_limit * HEAP_SHARE);
  return {
    addresses: createClientAddresses(limits.trustedProxies),
    callers: createCallers(authenticate, rates),
    rates,
    connections: createCaps(limits.connectionsPerAddress),
    pipelined: createCaps(MOST_PIPELINED),
    greetings: createCaps(Math.ceil(limits.connectionsPerAddress * GREETING_SHARE)),
    sockets: createCaps(limits.socketsPerKey),
    subscriptions: createCaps(limits.subscriptionsPerKey),
    bodies: createCaps(MOST_BODIES),
    held: createHeldBytes({ all, share: Math.floor(all * HOLDER_SHARE) }),
    large: createSpacing(LARGE_SPACING_MS),
    queries: createQueryTurns(),
  };
}
