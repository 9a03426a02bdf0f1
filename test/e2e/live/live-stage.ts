import { afterAll, beforeAll, expect } from 'vitest';
import { adminKey } from '../../support/graphql/client.ts';
import { followBySocket, type LiveClient } from '../../support/graphql/live-client.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { settleTenant, type SettledTenant } from '../access/settled-tenant.ts';

/** A server with two tenants, and clients that follow what happens there. */
export interface LiveStage {
  readonly server: TestServer;
  readonly north: SettledTenant;
  readonly south: SettledTenant;
  /** Subscribes over WebSocket, as the admin or by another key. */
  follow<Event>(field: string, key?: string): Promise<LiveClient<Event>>;
  /** The same; resolves when nothing that happens from now on is missed. */
  followLive<Event>(field: string, key?: string): Promise<LiveClient<Event>>;
  /** How many subscriptions are open. */
  count(): number;
  /** Routes a call; returns its decision's id. */
  routeBy(key: string): Promise<string>;
}

/** Gives a test file one stage, on the embedded database, while its tests run. */
export function useLiveStage(): LiveStage {
  const stack = new AsyncDisposableStack();
  let parts: Pick<LiveStage, 'server' | 'north' | 'south'>;
  beforeAll(async () => {
    const server = stack.use(await startServer());
    const [north, south] = [await settleTenant(server, 'north'), await settleTenant(server, 'south')];
    parts = { server, north, south };
  });
  afterAll(() => stack.disposeAsync());

  const count = () => parts.server.app.services.liveStreams.count();
  async function follow<Event>(field: string, key = adminKey): Promise<LiveClient<Event>> {
    const client = await followBySocket<Event>({ url: parts.server.url, key }, field);
    stack.defer(() => client.vanish());
    return client;
  }
  return {
    get server() {
      return parts.server;
    },
    get north() {
      return parts.north;
    },
    get south() {
      return parts.south;
    },
    ...{ count, follow },
    async followLive<Event>(field: string, key?: string) {
      const before = count();
      const client = await follow<Event>(field, key);
      await expect.poll(count, { timeout: 10_000 }).toBeGreaterThan(before);
      return client;
    },
    routeBy: async (key) =>
      (await route(parts.server, { models: ['simulated/steady'] }, { key })).decision.id,
  };
}
