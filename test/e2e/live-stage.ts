import { expect } from 'vitest';
import { followBySocket, type LiveClient } from '../support/graphql/live-client.ts';
import { adminKey, startServer, type TestServer } from '../support/servers/server.ts';
import { createHome, type Home } from './homes.ts';

/** A server with two tenants, and clients that follow what happens there. */
export interface LiveStage extends AsyncDisposable {
  readonly server: TestServer;
  readonly north: Home;
  readonly south: Home;
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
  const [north, south] = [await createHome(server, 'north'), await createHome(server, 'south')];
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
      const { data } = await server.ask(
        `mutation { route(input: { messages: [{ role: USER, content: "hi" }], models: ["simulated/steady"] }) {
          ... on RouteSuccess { decision { id } } } }`,
        {},
        key,
      );
      return (data?.['route'] as { decision: { id: string } }).decision.id;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
