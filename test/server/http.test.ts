import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createBounds } from '../../src/server/bounds/bounds.ts';
import { createHttpServer } from '../../src/server/http.ts';
import { createReadiness, type Readiness } from '../../src/server/readiness.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { aloneRates, edgeLimits } from '../support/servers/edge-limits.ts';

test('/livez and /readyz are for everybody and say that it runs and can route', async () => {
  await using server = await stage(createReadiness({ canRecord: () => true }));
  expect(await server.get('/livez')).toEqual([200, { status: 'alive' }]);
  expect(await server.get('/readyz')).toEqual([200, { status: 'ready' }]);
});

test('/readyz says why it should get no calls: it cannot record them, or is stopping', async () => {
  let canRecord = false;
  const readiness = createReadiness({ canRecord: () => canRecord });
  await using server = await stage(readiness);
  const unready = (...reasons: string[]) => [503, { status: 'not ready', reasons }];
  expect(await server.get('/readyz')).toEqual(unready('Nothing can be recorded.'));
  canRecord = true;
  expect(await server.get('/readyz')).toEqual([200, { status: 'ready' }]);
  readiness.stop();
  expect(await server.get('/readyz')).toEqual(unready('It is stopping.'));
  expect(await server.get('/livez')).toEqual([200, { status: 'alive' }]);
});

test('/readyz tells of records that were set aside, and goes on taking calls', async () => {
  const readiness = createReadiness({ canRecord: () => true, recordsSetAside: () => 2 });
  await using server = await stage(readiness);
  const warnings = ['Records that the database refuses are set aside: 2.'];
  expect(await server.get('/readyz')).toEqual([200, { status: 'ready', warnings }]);
  readiness.stop();
  expect(await server.get('/readyz')).toMatchObject([503, { warnings }]);
});

test('/readyz tells what it does without, whether it can route all the same or not', async () => {
  let canRecord = true;
  const degraded = () => ['REDIS', 'DATABASE'] as const;
  await using server = await stage(createReadiness({ canRecord: () => canRecord, degraded }));
  expect(await server.get('/readyz')).toEqual([200, { status: 'ready', degraded: degraded() }]);
  canRecord = false;
  expect(await server.get('/readyz')).toMatchObject([503, { degraded: degraded() }]);
});

test('a call that comes while it is stopping is refused before anything is done for it', async () => {
  const readiness = createReadiness({ canRecord: () => true });
  readiness.stop();
  await using server = await stage(readiness);
  expect(await server.get('/graphql')).toMatchObject([
    503,
    { errors: [{ extensions: { code: 'UNAVAILABLE' } }] },
  ]);
});

/** The HTTP edge with nothing behind it. */
async function stage(readiness: Readiness) {
  const refuse = () => {
    throw new Error('nobody should ask');
  };
  const server = createHttpServer({
    ...{ readiness, log: silentLog, timers: nodeTimers },
    bounds: createBounds({ limits: edgeLimits(), rates: aloneRates(edgeLimits()), authenticate: refuse }),
    graphql: refuse as never,
    sockets: { accepts: () => false, upgrade: refuse, close: refuse },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    async get(path: string): Promise<[number, unknown]> {
      const response = await fetch(url + path);
      return [response.status, await response.json()];
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
