import { expect } from 'vitest';
import { followBySocket, type LiveClient } from '../support/graphql/live-client.ts';
import { adminKey } from '../support/graphql/client.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { settleTenant, type SettledTenant } from './settled-tenant.ts';
import { route } from '../support/graphql/route-call.ts';

/** A server with two tenants, and clients that follow what happens there. */
export interface LiveStage extends AsyncDisposable {
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
  route(key: string): Promise<string>;
}

/** Starts it on the embedded database. */
export async function startLiveStage(): Promise<LiveStage> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startServer());
  const [north, south] = [await settleTenant(server, 'north'), await settleTenant(server, 'south')];
  const count = () => server.app.services.liveStreams.count();
  const follow = async <Event>(field: string, key = adminKey) => {
    const client = await followBySocket<Event>({ url: server.url, key }, field);
    owned.defer(() => client.vanish());
    return client;
  };
  const owned = stack.move();
  return {
    ...{ server, north, south, count, follow },
    async followLive<Event>(field: string, key?: string) {
      const before = count();
      const client = await follow<Event>(field, key);
      await expect.poll(count, { timeout: 10_000 }).toBeGreaterThan(before);
      return client;
    },
    async route(key) {
      return (await route(server, { models: ['simulated/steady'] }, { key })).decision.id;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
