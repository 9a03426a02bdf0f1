import type { PrismaClient } from '../generated/prisma/client.ts';
import { gatedClient } from './gated-client.ts';
import { createReadGate, type ReadGateLimits } from './read-gate.ts';

/** The way to the database for what callers read: apart from what must be written, and in turn between tenants. */
export interface Reads {
  /**
   * A client whose statements count as this tenant's. They throw RateLimitedError when it has too many waiting, and
   * UnavailableError's causes when one takes too long.
   */
  of(tenantId: string): PrismaClient;
  /** A client for the few readers that read for all subscribers, which bound themselves. */
  readonly background: PrismaClient;
  /** Does a piece of work that is many statements and much reckoning, of which each tenant has one at a time. */
  heavy<T>(tenantId: string, work: () => Promise<T>): Promise<T>;
}

/** What passes of statements where reads have connections of their own, and where all share one. */
export const readLimits = {
  postgres: { atOnce: 6, perHolder: 2, waiting: 256 },
  embedded: { atOnce: 1, perHolder: 1, waiting: 256 },
} as const satisfies Readonly<Record<string, ReadGateLimits>>;

/** What passes of heavy work: with two at once nothing is left for others on a small machine. */
const heavyLimits: ReadGateLimits = { atOnce: 2, perHolder: 1, waiting: 8 };

/** Clients that are kept: making one costs more than most statements. */
const MOST_CLIENTS = 1_000;

/** Reads through a client, whose connections they have for themselves unless the limits say otherwise. */
export function createReads(client: PrismaClient, limits: ReadGateLimits): Reads {
  const gate = createReadGate(limits);
  const heavy = createReadGate(heavyLimits);
  const clients = new Map<string, PrismaClient>();
  return {
    background: client,
    of(tenantId) {
      let own = clients.get(tenantId);
      if (own === undefined) {
        if (clients.size >= MOST_CLIENTS) clients.clear();
        clients.set(tenantId, (own = gatedClient(client, gate, tenantId)));
      }
      return own;
    },
    heavy: (tenantId, work) => heavy.run(tenantId, work),
  };
}
