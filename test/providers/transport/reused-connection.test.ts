import { describe, expect, it } from 'vitest';
import { chunk, chunkedHead, httpResponse, type WireRequest } from '../../support/providers/wire-provider.ts';
import { failureOf, textOf, useWire } from './transport-stage.ts';

const wire = useWire();

function post(body = 'hello', way: 'fetch' | 'streamingFetch' = 'fetch', signal?: AbortSignal) {
  return wire.pool[way](wire.provider.baseUrl, { method: 'POST', body, signal: signal ?? null });
}

/** Answers each request, and leaves the connection open. */
const answers = ({ socket, body }: WireRequest) => void socket.write(httpResponse(`got ${body.length}`));

/** Opens so many connections, and leaves them idle. */
async function warmUp(count: number): Promise<void> {
  const arrived: WireRequest[] = [];
  wire.script = (request) => {
    if (arrived.push(request) === count) arrived.forEach(answers);
  };
  await Promise.all(Array.from({ length: count }, async () => textOf(await post())));
  expect(wire.provider.connections).toHaveLength(count);
  await turn();
}

/** undici gives a connection to the next request one turn after it has answered the last. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 2; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

const losses = {
  'with a reset': ({ socket }: WireRequest) => void socket.resetAndDestroy(),
  'with a close': ({ socket }: WireRequest) => void socket.end(),
  'and vanishes': ({ socket }: WireRequest) => void socket.destroy(),
} as const;

describe.each(['fetch', 'streamingFetch'] as const)('a request by %s on a reused connection', (way) => {
  it.each(Object.entries(losses))(
    'is answered on a new one when the provider drops it %s',
    async (_case, lose) => {
      await warmUp(6);
      wire.script = (request) => (request.request > 0 ? lose(request) : answers(request));
      const texts = await Promise.all(
        Array.from({ length: 6 }, async () => textOf(await post('again', way))),
      );
      expect(texts).toEqual(Array.from({ length: 6 }, () => 'got 5'));
      expect(wire.provider.connections).toHaveLength(12);
    },
  );

  it('fails when the provider drops the new connection too, having been sent twice', async () => {
    await warmUp(1);
    wire.script = losses['with a reset'];
    const failure = await failureOf(post('again', way));
    expect(failure.failureClass).toBe('CONNECTION');
    expect(wire.provider.requests).toHaveLength(3);
  });

  it('fails when nobody listens any more', async () => {
    await warmUp(1);
    wire.script = losses['with a reset'];
    const lost = post('again', way);
    await wire.provider[Symbol.asyncDispose]();
    expect((await failureOf(lost)).failureClass).toBe('CONNECTION');
  });

  it.each([
    ['a byte of its answer', 'H'],
    ['an interim response', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['a half head', 'HTTP/1.1 200 OK\r\ncontent-'],
  ])('is not sent again once %s has come', async (_case, begun) => {
    await warmUp(1);
    wire.script = ({ socket }) => void socket.end(begun);
    expect((await failureOf(post('again', way))).failureClass).toBe('CONNECTION');
    expect(wire.provider.requests.map(({ connection }) => connection)).toEqual([0, 0]);
  });

  it('is sent again whole when it was lost half sent', async () => {
    await warmUp(1);
    const large = 'x'.repeat(8 * 1024 * 1024);
    // The old connection is cut while the request is still coming.
    wire.provider.connections[0]!.once('data', () => wire.provider.connections[0]!.resetAndDestroy());
    wire.script = answers;
    expect(await textOf(await post(large, way))).toBe(`got ${large.length}`);
    expect(wire.provider.connections).toHaveLength(2);
  });

  it('is not sent again for a caller who has left', async () => {
    await warmUp(1);
    const leaving = new AbortController();
    wire.script = () => leaving.abort();
    await expect(post('again', way, leaving.signal)).rejects.toThrow('aborted');
    await turn();
    expect(wire.provider.requests).toHaveLength(2);
  });

  it('leaves its new connection to the next', async () => {
    await warmUp(1);
    wire.script = (request) =>
      request.connection === 0 ? losses['with a reset'](request) : answers(request);
    await textOf(await post('again', way));
    await turn();
    await textOf(await post('once more', way));
    expect(wire.provider.connections).toHaveLength(2);
  });
});

describe('a request on a new connection', () => {
  it.each(Object.entries(losses))('is sent once when the provider drops it %s', async (_case, lose) => {
    wire.script = lose;
    expect((await failureOf(post())).failureClass).toBe('CONNECTION');
    expect(wire.provider.requests).toHaveLength(1);
  });
});

describe('an idle connection', () => {
  it('that the provider has closed is not used again', async () => {
    await warmUp(1);
    wire.provider.connections[0]!.end();
    await expect.poll(wire.provider.closed).toBe(1);
    wire.script = answers;
    expect(await textOf(await post())).toBe('got 5');
    expect(wire.provider.requests).toHaveLength(2);
  });

  it('on which something came that nobody asked for is not used again', async () => {
    await warmUp(1);
    wire.provider.connections[0]!.write('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n');
    await expect.poll(wire.provider.closed).toBe(1);
    wire.script = answers;
    expect(await textOf(await post())).toBe('got 5');
  });

  it('is used no longer than the provider says', async () => {
    wire.script = ({ socket }) =>
      void socket.write(httpResponse('brief', { headers: 'keep-alive: timeout=1\r\n' }));
    await textOf(await post());
    await turn();
    await textOf(await post());
    expect(wire.provider.connections).toHaveLength(2);
  });
});

describe('a stream on a reused connection', () => {
  it('that breaks off after its head is cut, and not sent again', async () => {
    await warmUp(1);
    wire.script = ({ socket }) => void socket.end(chunkedHead() + chunk('data: 1\n\n').toString());
    const response = await post('again', 'streamingFetch');
    expect((await failureOf(textOf(response))).failureClass).toBe('MALFORMED');
    expect(wire.provider.requests.map(({ connection }) => connection)).toEqual([0, 0]);
  });
});
