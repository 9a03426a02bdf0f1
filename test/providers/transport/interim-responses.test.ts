import { beforeEach, describe, expect, it } from 'vitest';
import { chunk, chunkedHead, httpResponse } from '../../support/providers/wire-provider.ts';
import { failureOf, textOf, useWire } from './transport-stage.ts';

const wire = useWire();
let pieces: (string | Buffer)[];
beforeEach(() => {
  wire.script = ({ socket }) => {
    const send = (index: number): void => {
      // A turn between two pieces, so that they arrive apart.
      if (index < pieces.length) socket.write(pieces[index]!, () => setImmediate(send, index + 1));
    };
    send(0);
  };
});

const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\nretry-after: 7\r\n\r\n';
const interims: Readonly<Record<string, readonly string[]>> = {
  '100 Continue': ['HTTP/1.1 100 Continue\r\n\r\n'],
  '102 Processing': ['HTTP/1.1 102 Processing\r\n\r\n'],
  '103 Early Hints with headers': [hints],
  'an unknown 1xx': ['HTTP/1.1 150 Thinking\r\nconnection: close\r\n\r\n'],
  'several in a row': [hints, 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 102 Processing\r\n\r\n', hints],
  'one that comes in two pieces': ['HTTP/1.1 1', '00 Continue\r\n\r', '\n'],
};

describe.each(Object.entries(interims))('%s before an answer', (_name, before) => {
  it('is passed over by a whole one, and the connection goes on', async () => {
    pieces = [...before, httpResponse('whole')];
    for (let count = 0; count < 2; count += 1) {
      const response = await wire.pool.fetch(wire.provider.baseUrl);
      expect(response.status).toBe(200);
      expect(response.headers.get('retry-after')).toBeUndefined();
      expect(await textOf(response)).toBe('whole');
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    }
    expect(wire.provider.connections).toHaveLength(1);
  });

  it('is passed over by a streamed one', async () => {
    pieces = [...before, chunkedHead(), chunk('one'), chunk('two'), chunk('')];
    const response = await wire.pool.streamingFetch(wire.provider.baseUrl);
    expect(response.status).toBe(200);
    expect(await textOf(response)).toBe('onetwo');
  });

  it.each(['fetch', 'streamingFetch'] as const)('is passed over before an error, by %s', async (way) => {
    pieces = [...before, httpResponse('busy', { status: 503, headers: 'retry-after: 3\r\n' })];
    const response = await wire.pool[way](wire.provider.baseUrl);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('3');
    expect(await textOf(response)).toBe('busy');
  });

  it('in one piece with it is passed over', async () => {
    pieces = [Buffer.concat([Buffer.from(before.join('')), httpResponse('whole')])];
    expect(await textOf(await wire.pool.fetch(wire.provider.baseUrl))).toBe('whole');
  });
});

describe('an interim response', () => {
  it.each(['fetch', 'streamingFetch'] as const)('alone is no answer, by %s', async (way) => {
    pieces = [hints];
    const asked = wire.pool[way](wire.provider.baseUrl);
    await expect.poll(() => wire.provider.requests.length).toBe(1);
    wire.provider.connections[0]!.end();
    expect((await failureOf(asked)).failureClass).toBe('CONNECTION');
  });

  it('is waited behind for as long as the caller waits', async () => {
    pieces = [hints];
    const leaving = new AbortController();
    const asked = wire.pool.streamingFetch(wire.provider.baseUrl, { signal: leaving.signal });
    await expect.poll(() => wire.provider.requests.length).toBe(1);
    leaving.abort();
    await expect(asked).rejects.toThrow('aborted');
    await expect.poll(wire.provider.closed).toBe(1);
  });

  it('that switches protocols is no answer', async () => {
    pieces = ['HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'];
    expect((await failureOf(wire.pool.fetch(wire.provider.baseUrl))).failureClass).toBe('CONNECTION');
  });

  it('whose head has no end is not HTTP', async () => {
    pieces = [`HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(40_000)}`];
    expect((await failureOf(wire.pool.fetch(wire.provider.baseUrl))).failureClass).toBe('MALFORMED');
  });
});
