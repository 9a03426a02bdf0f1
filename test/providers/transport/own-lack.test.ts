import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createPooledFetch } from '../../../src/providers/transport/fetch.undici.ts';
import { isOwnLack } from '../../../src/providers/transport/transport-error.ts';
import { anyNumberOfSockets } from '../../support/providers/any-number-of-sockets.ts';
import { startWireProvider } from '../../support/providers/wire-provider.ts';
import { failureOf } from './transport-stage.ts';

const transport = new URL('../../../src/providers/transport/fetch.undici.ts', import.meta.url).href;

const sockets = new URL('../../../src/system/resources/sockets.ts', import.meta.url).href;

/** Asks a provider from a process that has no descriptor left, and prints what became of it. */
const starving = (url: string) => `
  const { createPooledFetch } = await import(${JSON.stringify(transport)});
  const { createSockets } = await import(${JSON.stringify(sockets)});
  const { openSync } = await import('node:fs');
  const pool = createPooledFetch(createSockets(Infinity, { monotonicMs: () => performance.now() }).providers);
  const told = (error) => error.failureClass + ': ' + error.message;
  await pool.fetch(${JSON.stringify(url)}, {}).catch(() => undefined);
  try { for (;;) openSync('/dev/null', 'r'); } catch {}
  const starved = await Promise.all([1, 2].map(() => pool.fetch(${JSON.stringify(url)}, {}).catch(told)));
  process.stdout.write(JSON.stringify(starved), () => process.exit());
`;

function errorOf(code: string): Error {
  return Object.assign(new Error('x'), { code });
}

describe('a call that fails for want of something of our own', () => {
  it('says nothing about the provider when there are no descriptors left', async () => {
    // It closes each connection, so that every request needs a socket of its own.
    await using provider = await startWireProvider(({ socket }) =>
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'),
    );
    const args = ['-c', 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"'];
    const { stdout } = await promisify(execFile)('sh', [
      ...args,
      process.execPath,
      starving(provider.baseUrl),
    ]);
    expect(JSON.parse(stdout)).toEqual([
      'INTERNAL: the request could not be sent (EMFILE)',
      'INTERNAL: the request could not be sent (EMFILE)',
    ]);
  });

  it('is ours when the pool has been closed, and when a header cannot be sent', async () => {
    const pool = createPooledFetch(anyNumberOfSockets().providers);
    const failure = await failureOf(pool.fetch('http://127.0.0.1:9/', { headers: { 'x-key': 'a\nb' } }));
    expect(failure.failureClass).toBe('INTERNAL');
    await pool[Symbol.asyncDispose]();
    expect((await failureOf(pool.fetch('http://127.0.0.1:9/'))).failureClass).toBe('INTERNAL');
  });

  it.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOMEM', 'ENOBUFS', 'EAI_MEMORY'])(
    'is told by %s',
    (code) => {
      expect(isOwnLack(errorOf(code))).toBe(true);
      expect(isOwnLack(new AggregateError([errorOf('ECONNREFUSED'), errorOf(code)]))).toBe(true);
    },
  );

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'ADDRESS_REFUSED'])(
    'is not told by %s',
    (code) => {
      expect(isOwnLack(errorOf(code))).toBe(false);
      expect(isOwnLack(new AggregateError([errorOf(code)]))).toBe(false);
    },
  );
});
