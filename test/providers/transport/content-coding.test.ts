import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { codingsToUndo } from '../../../src/providers/transport/content-coding.ts';
import { maxResponseBytes } from '../../../src/providers/transport/receiver.undici.ts';
import { chunk, chunkedHead, httpResponse, type WireRequest } from '../../support/providers/wire-provider.ts';
import { failureOf, textOf, useWire } from './transport-stage.ts';

const wire = useWire();

const ways = ['fetch', 'streamingFetch'] as const;
const answer = JSON.stringify({ text: 'Grüße, 世界. '.repeat(2000) });
const stack = (...coders: ((bytes: Buffer) => Buffer)[]) =>
  coders.reduce<Buffer>((bytes, coder) => coder(bytes), Buffer.from(answer));
const coded: Readonly<Record<string, Buffer>> = {
  gzip: stack(gzipSync),
  GZip: stack(gzipSync),
  'x-gzip': stack(gzipSync),
  br: stack(brotliCompressSync),
  BR: stack(brotliCompressSync),
  zstd: stack(zstdCompressSync),
  deflate: stack(deflateSync),
  'deflate ': stack(deflateRawSync),
  'gzip, br': stack(gzipSync, brotliCompressSync),
  'identity, deflate ,gzip,': stack(deflateSync, gzipSync),
  'gzip, gzip, zstd, br': stack(gzipSync, gzipSync, zstdCompressSync, brotliCompressSync),
  identity: stack(),
  // Not a coding at all, but seen.
  'utf-8': stack(),
};

function sends(encoding: string, body: Buffer, status = 200): (request: WireRequest) => void {
  return ({ socket }) =>
    void socket.write(httpResponse(body, { status, headers: `Content-Encoding: ${encoding}\r\n` }));
}

describe.each(ways)('an answer by %s', (way) => {
  it('is asked for as it is', async () => {
    wire.script = sends('', Buffer.from(answer));
    await textOf(await wire.pool[way](wire.provider.baseUrl));
    expect(wire.provider.requests[0]!.head).toMatch(/^accept-encoding: identity\r?$/im);
  });

  it.each(Object.entries(coded))('that comes as %s all the same is read', async (encoding, body) => {
    wire.script = sends(encoding, body);
    expect(await textOf(await wire.pool[way](wire.provider.baseUrl))).toBe(answer);
  });

  it('is read whose error is coded', async () => {
    wire.script = sends('gzip', gzipSync('no such model'), 404);
    const response = await wire.pool[way](wire.provider.baseUrl);
    expect([response.status, await textOf(response)]).toEqual([404, 'no such model']);
  });

  it('is read whose codings stand in two headers', async () => {
    wire.script = ({ socket }) =>
      void socket.write(
        httpResponse(stack(gzipSync, brotliCompressSync), {
          headers: 'content-encoding: gzip\r\ncontent-encoding: br\r\n',
        }),
      );
    expect(await textOf(await wire.pool[way](wire.provider.baseUrl))).toBe(answer);
  });

  it.each(['gzip', 'br', 'deflate', 'zstd', 'gzip, br'])('is malformed that is no %s', async (encoding) => {
    wire.script = sends(encoding, Buffer.from(answer));
    const failure = await failureOf(wire.pool[way](wire.provider.baseUrl).then(textOf));
    expect(failure).toMatchObject({ failureClass: 'MALFORMED', httpStatus: 200 });
  });

  it.each(['gzip', 'br', 'zstd'])('is never passed for whole that was cut amid %s', async (encoding) => {
    const body = coded[encoding]!;
    wire.script = sends(encoding, body.subarray(0, body.length / 2));
    const text = await wire.pool[way](wire.provider.baseUrl)
      .then(textOf)
      .catch(() => '');
    expect(() => void JSON.parse(text)).toThrow(SyntaxError);
  });

  it('is what its status says when the coding of its body is wrong', async () => {
    wire.script = sends('br', Buffer.from('plain'), 503);
    const response = await wire.pool[way](wire.provider.baseUrl);
    expect([response.status, await textOf(response)]).toEqual([503, '']);
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('is malformed that would grow beyond all bounds: %s', async (encoding, coder) => {
    const bomb = coder(Buffer.alloc(maxResponseBytes + 1));
    wire.script = sends(encoding, bomb);
    const failure = await failureOf(wire.pool[way](wire.provider.baseUrl).then(textOf));
    expect(failure.message).toContain('too large');
  });

  it('is malformed that grows beyond all bounds on its way to something small', async () => {
    // So many members of nothing that they are large together, and an answer of no bytes.
    const nothings = Buffer.alloc(maxResponseBytes + 20, gzipSync(''));
    wire.script = sends('gzip, gzip', gzipSync(nothings));
    const failure = await failureOf(wire.pool[way](wire.provider.baseUrl).then(textOf));
    expect(failure.message).toContain('too large');
  });

  it('is empty that is empty', async () => {
    wire.script = sends('gzip', Buffer.alloc(0));
    expect(await textOf(await wire.pool[way](wire.provider.baseUrl))).toBe('');
  });
});

describe('a coded stream', () => {
  it('comes as it is written, and its break is told', async () => {
    const { createGzip } = await import('node:zlib');
    const gzip = createGzip();
    const flushed = async (text: string): Promise<Buffer> => {
      gzip.write(text);
      await new Promise<void>((resolve) => void gzip.flush(resolve));
      return gzip.read() as Buffer;
    };
    const pieces = [await flushed('one'), await flushed('two')];
    wire.script = ({ socket }) => void socket.write(chunkedHead({ headers: 'content-encoding: gzip\r\n' }));
    const response = await wire.pool.streamingFetch(wire.provider.baseUrl);
    const reader = response.body!.getReader();
    for (const [index, piece] of pieces.entries()) {
      wire.provider.connections[0]!.write(chunk(piece));
      const { value } = await reader.read();
      expect(Buffer.from(value!).toString()).toBe(['one', 'two'][index]);
    }
    const next = reader.read();
    wire.provider.connections[0]!.destroy();
    expect((await failureOf(next)).message).toContain('broke off');
  });

  it('that breaks off gives what came before that', async () => {
    wire.script = ({ socket }) => {
      const head = chunkedHead({ headers: 'content-encoding: gzip\r\n' });
      socket.end(Buffer.concat([Buffer.from(head), chunk(gzipSync('all of it'))]));
    };
    const reader = (await wire.pool.streamingFetch(wire.provider.baseUrl)).body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('all of it');
    expect((await failureOf(reader.read())).message).toContain('broke off');
  });

  it('lets go of its connection when it is no longer wanted, and when its caller leaves', async () => {
    wire.script = ({ socket }) =>
      void socket.write(
        chunkedHead({ headers: 'content-encoding: gzip\r\n' }) + chunk('').toString('latin1').slice(5),
      );
    const leaving = new AbortController();
    const unwanted = (await wire.pool.streamingFetch(wire.provider.baseUrl)).body!.getReader();
    const left = (
      await wire.pool.streamingFetch(wire.provider.baseUrl, { signal: leaving.signal })
    ).body!.getReader();
    const [first, second] = [unwanted.read(), left.read()];
    await unwanted.cancel();
    expect((await first).done).toBe(true);
    leaving.abort();
    await expect(second).rejects.toThrow('aborted');
    await expect.poll(wire.provider.closed).toBe(2);
  });
});

describe('the codings of a header', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['gzip', ['gzip']],
    ['deflate, X-GZIP', ['gzip', 'deflate']],
    ['gzip, compress', []],
    ['br,br,br,br,br', []],
  ])('%s are undone as %j', (header, codings) => {
    expect(codingsToUndo(header)).toEqual(codings);
  });
});
