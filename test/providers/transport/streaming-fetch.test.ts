import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { maxResponseBytes } from '../../../src/providers/transport/receiver.undici.ts';
import { usePool } from './transport-stage.ts';

const http = usePool();
const { serve } = http;

function get(url: string, signal: AbortSignal | null = null): Promise<Response> {
  return http.pool.streamingFetch(url, { method: 'POST', headers: {}, body: '{}', signal });
}

async function textOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return Buffer.concat(chunks).toString();
}

/** Writes until `total` bytes are out, as slowly as they are read; tells how many are. */
function pour(response: ServerResponse, total: number): { readonly sent: number } {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const poured = { sent: 0 };
  const more = () => {
    while (poured.sent < total) {
      poured.sent += chunk.length;
      if (!response.write(chunk)) return;
    }
    response.end();
  };
  response.on('drain', more).on('error', () => undefined);
  more();
  return poured;
}

describe('the streaming fetch', () => {
  it('returns when the response begins, and gives its body as it comes', async () => {
    const rest = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'X-Test': 'yes' }).write('first');
      void rest.promise.then(() => response.end('last'));
    });
    const response = await get(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-test')).toBe('yes');
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('first');
    rest.resolve();
    expect(await textOf(reader)).toBe('last');
  });

  it('leaves the socket alone while nobody reads, and loses nothing', async () => {
    const total = 24 * 1024 * 1024;
    let poured = { sent: 0 };
    const url = await serve((_request, response) => (poured = pour(response, total)));
    const reader = (await get(url)).body!.getReader();
    let before = -1;
    await expect
      .poll(() => {
        const stands = poured.sent === before;
        before = poured.sent;
        return stands;
      })
      .toBe(true);
    expect(poured.sent).toBeLessThan(total / 2);
    expect((await textOf(reader)).length).toBe(total);
  });

  it('reads no body beyond its limit', async () => {
    const url = await serve((_request, response) => void pour(response, maxResponseBytes * 2));
    const reader = (await get(url)).body!.getReader();
    await expect(textOf(reader)).rejects.toMatchObject({
      failureClass: 'MALFORMED',
      message: 'the response is too large',
    });
  });

  it('calls a success that breaks off malformed, after what came', async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    const reader = (await get(url)).body!.getReader();
    await expect(textOf(reader)).rejects.toMatchObject({ failureClass: 'MALFORMED', httpStatus: 200 });
  });

  it('takes an error status for what it is although its body breaks off', async () => {
    const url = await serve((request, response) => {
      response.writeHead(503, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    const response = await get(url);
    expect(response.status).toBe(503);
    expect(await textOf(response.body!.getReader())).toBe('half');
  });

  it('calls a reset before the response a failed connection', async () => {
    const url = await serve((request) => request.socket.resetAndDestroy());
    await expect(get(url)).rejects.toMatchObject({ failureClass: 'CONNECTION' });
  });

  it('rejects a pending read at once with the reason of an abort, and cuts the connection', async () => {
    let isCut = false;
    const url = await serve((_request, response) => {
      response.on('close', () => (isCut = true));
      response.write('first');
    });
    const controller = new AbortController();
    const reader = (await get(url, controller.signal)).body!.getReader();
    await reader.read();
    const pending = reader.read();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect.poll(() => isCut).toBe(true);
  });

  it('cuts the connection when its body is no longer wanted', async () => {
    let isCut = false;
    const url = await serve((_request, response) => {
      response.on('close', () => (isCut = true));
      response.write('first');
    });
    await (await get(url)).body!.getReader().cancel();
    await expect.poll(() => isCut).toBe(true);
  });
});
