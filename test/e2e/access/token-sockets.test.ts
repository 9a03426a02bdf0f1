import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { createTenant } from '../../support/graphql/admin.ts';
import { send, type GraphQLAnswer } from '../../support/graphql/client.ts';
import { followBySocket } from '../../support/graphql/live-client.ts';
import { greet, openSocket } from '../../support/graphql/socket-client.ts';
import { allOf, routeStream, toldBy } from '../../support/graphql/stream-call.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import {
  createSigningKey,
  signToken,
  startIssuer,
  type SigningKey,
  type TokenWords,
} from '../../support/tokens/issuer.ts';

const stack = new AsyncDisposableStack();
let key: SigningKey;
let server: TestServer;
/** By how much the server's clock is ahead. */
let aheadMs = 0;
const clock = { now: () => nodeClock.now() + aheadMs, monotonicMs: () => nodeClock.monotonicMs() };

beforeAll(async () => {
  key = await createSigningKey('one');
  const issuer = stack.use(await startIssuer(key));
  const environment = issuer.environment({ SWITCHYARD_FAILED_KEYS_PER_MINUTE_PER_ADDRESS: '100000' });
  server = stack.use(await startServer(environment, { clock }));
  await createTenant(server, 'acme');
});
afterAll(() => stack.disposeAsync());

const who = '{ viewer { roles tenant { slug } } }';
const ask = (token: string): Promise<GraphQLAnswer> => send(server.url, token, who);
const sign = (words?: TokenWords) => signToken(key, words);

describe('over a socket', () => {
  test('a token is let in, by the first message and by the upgrade', async () => {
    const token = await sign({ claims: { sub: 'socket' } });
    const client = await greet(server.url, token);
    client.subscribe('1', who);
    await client.until({ id: '1', type: 'next' });
    const byHeader = await sign({ claims: { sub: 'upgrade' } });
    const other = await openSocket(server.url, undefined, {
      headers: { authorization: `Bearer ${byHeader}` },
    });
    other.send({ type: 'connection_init' });
    await other.until({ type: 'connection_ack' });
    for (const { socket } of [client, other]) socket.close();
  });

  test('one that is not good is not', async () => {
    const token = await sign({ claims: { aud: 'other' } });
    await expect(
      openSocket(server.url, undefined, { headers: { authorization: `Bearer ${token}` } }),
    ).rejects.toThrow('401');
    const client = await openSocket(server.url);
    client.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect((await client.closed).code).toBe(4403);
  });

  test('streams end with their token, its calls are refused, and the socket closes', async () => {
    const token = await sign({ claims: { roles: ['VIEWER'], sub: 'watcher' } });
    const live = await followBySocket({ url: server.url, key: token }, 'circuitBreakers { state }');
    await live.until(1);
    try {
      aheadMs = 2 * 3_600_000;
      await live.ended();
      expect(live.errors()).toEqual(['UNAUTHENTICATED']);
      live.client.subscribe('2', who);
      expect((await live.client.closed).code).toBe(4403);
      expect(await ask(token)).toMatchObject({ status: 401 });
    } finally {
      aheadMs = 0;
    }
  });
});

test('a streamed call by a token is carried out', async () => {
  expect(toldBy(await allOf(routeStream(server, {}, await sign({ claims: { sub: 'stream' } }))))).toContain(
    'RouteCompleted',
  );
});
