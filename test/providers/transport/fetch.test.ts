import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { maxResponseBytes } from '../../../src/providers/transport/receiver.undici.ts';
import { freePort } from '../../support/run/services.ts';
import { failureOf, textOf, usePool } from './transport-stage.ts';

const http = usePool();
const { serve } = http;

function post(url: string, signal?: AbortSignal): Promise<Response> {
  return http.pool.fetch(url, {
    method: 'POST',
    headers: { 'x-test': 'yes' },
    body: '{"a":1}',
    signal: signal ?? null,
  });
}

describe('the pooled fetch', () => {
  it('sends method, headers and body, and returns status, headers and body', async () => {
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(418, { 'Retry-After': '7', 'Set-Cookie': ['a=1', 'b=2'] });
        response.write(`${request.method} ${request.url} ${String(request.headers['x-test'])} `);
        response.end(Buffer.concat(chunks));
      });
    });
    const response = await post(`${url}/v1/x?y=1`);
    expect(response.status).toBe(418);
    expect(response.ok).toBe(false);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(Object.fromEntries([...response.headers])).toMatchObject({ 'set-cookie': 'a=1,b=2' });
    expect(await textOf(response)).toBe('POST /v1/x?y=1 yes {"a":1}');
  });

  it('reuses connections', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    for (let count = 0; count < 20; count += 1) await textOf(await post(url));
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('follows no redirect', async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect((await post(url)).status).toBe(307);
    expect(requests).toBe(1);
  });

  it('rejects at once with the reason of an abort, and lets the server know', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let isCut = false;
    const url = await serve((_request, response) => {
      response.on('close', () => (isCut = true));
      controller.abort(reason);
    });
    await expect(post(url, controller.signal)).rejects.toBe(reason);
    await expect.poll(() => isCut).toBe(true);
  });

  it('sends nothing when it is aborted already', async () => {
    let requests = 0;
    const url = await serve(() => (requests += 1));
    await expect(post(url, AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
    expect(requests).toBe(0);
  });

  it('calls a refused connection a failed connection', async () => {
    const failure = await failureOf(post(`http://127.0.0.1:${await freePort()}`));
    expect(failure).toMatchObject({
      failureClass: 'CONNECTION',
      message: 'the connection failed (ECONNREFUSED)',
    });
  });

  it('calls a reset before the response a failed connection', async () => {
    const url = await serve((request) => request.socket.resetAndDestroy());
    expect((await failureOf(post(url))).failureClass).toBe('CONNECTION');
  });

  it('calls a success that breaks off malformed', async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"half":', () => request.socket.destroy());
    });
    expect(await failureOf(post(url))).toMatchObject({ failureClass: 'MALFORMED', httpStatus: 200 });
  });

  it('takes an error status for what it is although its body breaks off', async () => {
    const url = await serve((request, response) => {
      response.writeHead(503, { 'content-length': '100' });
      response.write('{"half":', () => request.socket.destroy());
    });
    const response = await post(url);
    expect(response.status).toBe(503);
    expect(await textOf(response)).toBe('{"half":');
  });

  it('reads no body beyond its limit', async () => {
    const url = await serve((_request, response) => {
      const chunk = Buffer.alloc(4 * 1024 * 1024);
      response.on('error', () => undefined);
      for (let sent = 0; sent <= maxResponseBytes; sent += chunk.length) response.write(chunk);
      response.end();
    });
    const failure = await failureOf(post(url));
    expect(failure).toMatchObject({ failureClass: 'MALFORMED', message: 'the response is too large' });
  });

  it('calls a server that does not speak HTTP malformed', async () => {
    const server = createTcpServer(
      (socket) => void socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n')),
    );
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const failure = await failureOf(post(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
    expect(failure).toMatchObject({ failureClass: 'MALFORMED' });
    await new Promise((resolve) => server.close(resolve));
  });

  it('connects to no link-local or metadata address, however it is written', async () => {
    const hosts = [
      '169.254.169.254',
      '2852039166',
      '0xa9fea9fe',
      '[::ffff:169.254.169.254]',
      'metadata.google.internal',
    ];
    for (const host of hosts) {
      const failure = await failureOf(post(`http://${host}/latest/meta-data`));
      expect(failure).toMatchObject({
        failureClass: 'CONNECTION',
        message: 'the connection failed (ADDRESS_REFUSED)',
      });
    }
  });
});
