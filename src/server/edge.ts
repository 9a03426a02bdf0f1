import type { GraphQLSchema } from 'graphql';
import type { Services } from '../graphql/context.ts';
import type { Log } from '../system/log.ts';
import type { Sockets } from '../system/resources/sockets.ts';
import type { Timers } from '../system/timers.ts';
import { waitAtMost } from '../system/wait-at-most.ts';
import { createBounds, type BoundsOptions } from './bounds/bounds.ts';
import type { AllowedOrigins } from './bounds/cors.ts';
import type { HttpApi } from './http-api.ts';
import { createHttpServer } from './http.ts';
import type { Introduce } from './operations/introduce.ts';
import { listen, type Listening } from './listen.ts';
import { createLiveSubscriptions } from './live-subscriptions.ts';
import type { Readiness } from './readiness.ts';
import { createWebSocketEndpoint } from './websocket.ts';
import { createGraphQLHandler } from './yoga.ts';

/** How long streams that end by themselves may take to do so, once this instance stops. */
export const LAST_EVENT_MS = 2000;

/** What is served, and to whom. */
export interface EdgeOptions extends BoundsOptions {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  /**
   * Makes sure that `authenticate` can judge a credential, and rejects with UnavailableError when it cannot be judged
   * now. Undefined: there is nothing to wait for.
   */
  readonly introduce?: Introduce;
  readonly readiness: Readiness;
  /**
   * Asks streams that have something to say at their end to say it, and resolves when they have ended. Those that have
   * not in `LAST_WORDS_MS`, because their client does not read for example, are ended without.
   */
  readonly endSubscriptions: () => Promise<void>;
  readonly host: string;
  readonly port: number;
  /** Whether operations may ask for the schema; absent: they may. */
  readonly introspection?: boolean;
  /** Whether browsers are served the explorer; absent: they are. */
  readonly explorer?: boolean;
  /** What is served beside GraphQL; absent: nothing. */
  readonly api?: HttpApi;
  /** Whose pages may ask; absent: nobody's. */
  readonly origins?: AllowedOrigins;
  /** Among which those of clients are counted. */
  readonly sockets: Sockets;
  readonly timers: Timers;
  readonly log: Log;
}

/** Opens the API to the world, over HTTP, SSE and WebSocket on one port. Throws StartError when it is taken. */
export function openEdge(options: EdgeOptions): Promise<Listening> {
  const { schema, services, endSubscriptions, timers } = options;
  const hidesSuggestions = options.introspection === false;
  const bounds = createBounds(options);
  const parts = { ...options, bounds, hidesSuggestions };
  const subscriptions = createLiveSubscriptions(parts);
  const graphql = createGraphQLHandler(schema, services, { ...parts, subscriptions });
  const sockets = createWebSocketEndpoint({ ...parts, graphql, subscriptions });
  const server = createHttpServer({ ...parts, graphql, sockets });
  return listen(server, {
    ...options,
    sockets: options.sockets.clients,
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
