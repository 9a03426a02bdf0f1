import type { GraphQLSchema } from 'graphql';
import type { Services } from '../graphql/context.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import { waitAtMost } from '../system/wait-at-most.ts';
import type { Viewer } from '../tenants/viewer.ts';
import { createHttpServer } from './http.ts';
import { listen, type Listening } from './listen.ts';
import { createLiveSubscriptions } from './live-subscriptions.ts';
import type { Readiness } from './readiness.ts';
import { createWebSocketEndpoint } from './websocket.ts';
import { createGraphQLHandler } from './yoga.ts';

/** How long streams that end by themselves may take to do so, once this instance stops. */
export const LAST_EVENT_MS = 2000;

/** What is served, and to whom. */
export interface EdgeOptions {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  /** The caller whose key this is; undefined when it admits nobody now. */
  readonly authenticate: (key: string) => Viewer | undefined;
  readonly readiness: Readiness;
  /**
   * Asks streams that have something to say at their end to say it, and resolves when they have ended. Those that have
   * not in `LAST_WORDS_MS`, because their client does not read for example, are ended without.
   */
  readonly endSubscriptions: () => Promise<void>;
  readonly host: string;
  readonly port: number;
  readonly timers: Timers;
  readonly log: Log;
}

/** Opens the API to the world, over HTTP, SSE and WebSocket on one port. Throws StartError when it is taken. */
export function openEdge(options: EdgeOptions): Promise<Listening> {
  const { schema, services, endSubscriptions, timers, log } = options;
  const subscriptions = createLiveSubscriptions(options);
  const graphql = createGraphQLHandler(schema, services, subscriptions, log);
  const sockets = createWebSocketEndpoint({ ...options, graphql, subscriptions });
  const server = createHttpServer({ ...options, graphql, sockets });
  return listen(server, {
    ...options,
    async endStreams() {
      try {
        await waitAtMost(endSubscriptions(), LAST_EVENT_MS, timers);
      } finally {
        subscriptions.end();
        await sockets.close();
      }
    },
  });
}
