import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/storage/open-database.ts';
import { silentLog } from '../support/logs/silent-log.ts';

/** What PgBouncer takes when nobody configures it, https://www.pgbouncer.org/config.html#ignore_startup_parameters. */
const TAKEN =
  /^(user|database|replication|client_encoding|datestyle|timezone|standard_conforming_strings|application_name)$/i;

/** Refuses a session as PgBouncer does one with a parameter that it does not know, else because it is full. */
async function startPooler(): Promise<{ readonly url: string }> {
  const server = createServer((socket) => {
    socket.once('data', (startup) => {
      // Length, protocol version, then names and values in turn, each ended by a zero byte.
      const texts = startup.subarray(8).toString('utf8').split('\0');
      const names = texts.filter((name, index) => index % 2 === 0 && name !== '');
      const unknown = names.find((name) => !TAKEN.test(name));
      const message =
        unknown === undefined ? 'no more connections allowed' : `unsupported startup parameter: ${unknown}`;
      const fields = Buffer.from(`SFATAL\0C08P01\0M${message}\0\0`);
      const head = Buffer.alloc(5);
      head.write('E');
      head.writeInt32BE(4 + fields.length, 1);
      socket.end(Buffer.concat([head, fields]));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `postgres://me:secret@127.0.0.1:${(server.address() as AddressInfo).port}/switchyard` };
}

const opening = (url: string) => openDatabase({ url, dataDir: tmpdir(), log: silentLog });

it('a connection asks for nothing that a pooler would have to be configured for', async () => {
  const { url } = await startPooler();
  await expect(opening(url)).rejects.toThrow('The database cannot be reached: no more connections allowed.');
});

it('a parameter of the URL that a pooler refuses is named, with what to set', async () => {
  const { url } = await startPooler();
  await expect(opening(`${url}?options=-c%20work_mem%3D64MB`)).rejects.toThrow(
    'The database cannot be reached: unsupported startup parameter: options; leave it out of DATABASE_URL, ' +
      'or have PgBouncer ignore it (ignore_startup_parameters = options).',
  );
});
