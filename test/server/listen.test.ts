import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { GRACE_MS, listen } from '../../src/server/listen.ts';
import { createSockets } from '../../src/system/resources/sockets.ts';
import { createReadiness } from '../../src/server/readiness.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';
import { createManualTime } from '../support/time/manual-time.ts';

const question = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

test('connections that owe no answer are closed at once: idle ones, unused ones, and those that ask too slowly', async () => {
  await using server = await stage((_request, response) => response.end('done'));
  const unused = await server.connect();
  const idle = await server.connect();
  idle.socket.write(question('/first'));
  await idle.until('done');
  const slow = await server.connect();
  slow.socket.write('GET /half HTTP/1.1\r\nHost: loc');
  await server.connections(3);

  const stopped = server.stop();
  await Promise.all([unused.closed, idle.closed, slow.closed, stopped]);
  expect(server.time.pending()).toBe(0);
});

test('a call under way is answered, is told that its connection ends, and is the last on it', async () => {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await using server = await stage((_request, response) => {
    asked.resolve();
    void released.promise.then(() => response.end('the answer'));
  });
  const caller = await server.connect();
  caller.socket.write(question('/call'));
  await asked.promise;

  const stopped = server.stop();
  await expect(server.connect()).rejects.toThrow('ECONNREFUSED');
  released.resolve();
  await stopped;
  const text = await caller.closed;
  expect(text).toMatch(/^HTTP\/1.1 200 OK\r\nConnection: close\r\n/);
  expect(text).toMatch(/the answer$/);
});

test('an answer that had begun before is finished, and its connection closed with it', async () => {
  const released = Promise.withResolvers<void>();
  await using server = await stage((_request, response) => {
    response.write('begun, ');
    void released.promise.then(() => response.end('finished'));
  });
  const caller = await server.connect();
  caller.socket.write(question('/stream'));
  await caller.until('begun');
  const stopped = server.stop();
  released.resolve();
  await stopped;
  expect(await caller.closed).toContain('finished');
});

test('a question that was already on its way behind another one is answered too, and no more after it', async () => {
  const released = Promise.withResolvers<void>();
  const paths: (string | undefined)[] = [];
  await using server = await stage(({ url }, response) => {
    paths.push(url);
    void released.promise.then(() => response.end(`answer to ${url}.`));
  });
  const caller = await server.connect();
  caller.socket.write(question('/one') + question('/two'));
  await expect.poll(() => paths).toEqual(['/one', '/two']);
  const stopped = server.stop();
  released.resolve();
  await stopped;
  expect(await caller.closed).toMatch(/answer to \/one\.[^]*Connection: close[^]*answer to \/two\.$/);
});

test('what has not finished in time is cut, and the log says so', async () => {
  const asked = Promise.withResolvers<void>();
  await using server = await stage(() => asked.resolve());
  const caller = await server.connect();
  caller.socket.write(question('/forever'));
  await asked.promise;
  const stopped = server.stop();
  await server.time.advance(GRACE_MS - 1);
  expect(caller.socket.destroyed).toBe(false);
  await server.time.advance(1);
  await Promise.all([stopped, caller.closed]);
  expect(server.log.lines).toEqual(['warn: Calls are cut off: they did not finish in time.']);
});

test('it is not ready from the moment at which it is told to stop', async () => {
  await using server = await stage(() => {});
  expect(server.readiness.obstacles()).toEqual([]);
  const stopped = server.stop();
  expect(server.readiness.obstacles()).toEqual(['It is stopping.']);
  await stopped;
});

test('an address that is taken is told as what it is', async () => {
  await using server = await stage(() => {});
  const options = { ...server.options, port: server.port };
  await expect(listen(createServer(), options)).rejects.toThrow(/in use|EADDRINUSE/);
});

interface Caller {
  readonly socket: Socket;
  /** Resolves with everything that was answered when the connection is closed. */
  readonly closed: Promise<string>;
  until(text: string): Promise<void>;
}

/** A server on a free port that answers by `handler`; its time stands still. */
async function stage(handler: RequestListener) {
  const time = createManualTime();
  const log = createKeptLog();
  const readiness = createReadiness({ canRecord: () => true });
  const http = createServer(handler);
  const options = {
    ...{
      host: '127.0.0.1',
      port: 0,
      readiness,
      log,
      timers: time.timers,
      sockets: createSockets(Infinity, time.clock).clients,
    },
    endStreams: () => Promise.resolve(),
  };
  const listening = await listen(http, options);
  const port = Number(new URL(listening.url).port);
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= Promise.resolve(listening[Symbol.asyncDispose]()));
  return {
    ...{ time, log, readiness, options, port, stop },
    async connect(): Promise<Caller> {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      await once(socket, 'connect');
      socket.on('error', () => {});
      const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
      const until = (part: string) => expect.poll(() => text).toContain(part);
      return { socket, closed, until };
    },
    /** Resolves when the server knows of so many. */
    connections: (count: number) =>
      expect.poll(() => new Promise((resolve) => http.getConnections((_error, n) => resolve(n)))).toBe(count),
    [Symbol.asyncDispose]: stop,
  };
}
