import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import type { RequestContext } from '../../src/graphql/context.ts';
import { openEdge, type EdgeOptions } from '../../src/server/edge.ts';
import { createReadiness } from '../../src/server/readiness.ts';
import { nodeClock } from '../../src/system/clock.node.ts';
import { createSockets } from '../../src/system/resources/sockets.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import type { Viewer } from '../../src/tenants/viewer.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';
import { aloneRates, edgeLimits } from '../support/servers/edge-limits.ts';

/** What streams and slow answers did, as tests look at it. */
export interface Life {
  started: number;
  /** Generators whose `finally` has run. */
  disposed: number;
  /** Signals of operations that have aborted. */
  aborted: number;
  /** Values that have been drawn from `count`. */
  drawn: number;
}

/** The edge over real sockets with a small schema behind it; `good` and `other` are keys of one caller, `stranger` of another. */
export async function stageEdge(overrides: Partial<EdgeOptions> = {}) {
  const life: Life = { started: 0, disposed: 0, aborted: 0, drawn: 0 };
  const released = Promise.withResolvers<string>();
  const keys = new Set(['good', 'other', 'stranger']);
  const log = createKeptLog();
  const readiness = createReadiness({ canRecord: () => true });
  const limits = overrides.limits ?? edgeLimits();
  const edge = await openEdge({
    schema: makeSchema(life, released.promise),
    services: {} as EdgeOptions['services'],
    authenticate: (key) => (!keys.has(key) ? undefined : key === 'stranger' ? stranger : viewer),
    ...{ limits, rates: aloneRates(limits) },
    ...{ readiness, log, host: '127.0.0.1', port: 0, timers: nodeTimers },
    sockets: createSockets(Infinity, nodeClock),
    endSubscriptions: () => Promise.resolve(),
    ...overrides,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= Promise.resolve(edge[Symbol.asyncDispose]()));
  return {
    ...{ url: edge.url, life, log, keys, released, stop },
    [Symbol.asyncDispose]: stop,
  };
}

const viewer: Viewer = { tenantId: 'tenant', keyId: 'key', roles: ['AGENT'] };
const stranger: Viewer = { tenantId: 'other tenant', keyId: 'stranger', roles: ['AGENT'] };

function makeSchema(life: Life, released: Promise<string>): GraphQLSchema {
  /** Follows a generator's life. */
  async function* follow(source: AsyncIterable<number>, { signal }: RequestContext) {
    life.started += 1;
    signal.addEventListener('abort', () => (life.aborted += 1));
    try {
      yield* source;
    } finally {
      life.disposed += 1;
    }
  }
  const number = { type: GraphQLInt, resolve: (value: number) => value };
  const streams: Record<string, (args: Record<string, number>, context: RequestContext) => unknown> = {
    count: ({ to = 3 }, context) => follow(count(to, life), context),
    ticks: (_args, context) => follow(oneAndWait(context.signal), context),
    deaf: (_args, context) => follow(oneAndWait(new AbortController().signal), context),
    failing: (_args, context) => follow(fail(), context),
  };
  return new GraphQLSchema({
    query: new GraphQLObjectType<unknown, RequestContext>({
      name: 'Query',
      fields: {
        hello: { type: GraphQLString, resolve: (_source, _args, context) => context.viewer.keyId },
        slow: {
          type: GraphQLString,
          resolve(_source, _args, { signal }) {
            life.started += 1;
            signal.addEventListener('abort', () => (life.aborted += 1));
            return released;
          },
        },
        broken: {
          type: new GraphQLNonNull(GraphQLString),
          resolve: () => {
            throw new Error('secret');
          },
        },
      },
    }),
    subscription: new GraphQLObjectType<unknown, RequestContext>({
      name: 'Subscription',
      fields: {
        ...Object.fromEntries(
          Object.entries(streams).map(([name, subscribe]) => [
            name,
            {
              ...number,
              args: { to: { type: GraphQLInt } },
              subscribe: (_source: unknown, args: Record<string, number>, context: RequestContext) =>
                subscribe(args, context),
            },
          ]),
        ),
        texts: {
          type: GraphQLString,
          args: { bytes: { type: new GraphQLNonNull(GraphQLInt) } },
          subscribe: (_source, _args, context) => follow(count(Number.MAX_SAFE_INTEGER, life), context),
          resolve: (_value, { bytes }) => 'x'.repeat(bytes as number),
        },
      },
    }),
  });
}

async function* count(to: number, life: Life): AsyncGenerator<number> {
  for (let value = 1; value <= to; value += 1) {
    life.drawn += 1;
    yield value;
  }
}

/** One value, and then nothing until the signal aborts. */
async function* oneAndWait(signal: AbortSignal): AsyncGenerator<number> {
  yield 1;
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

async function* fail(): AsyncGenerator<number> {
  yield 1;
  throw new Error('secret');
}
