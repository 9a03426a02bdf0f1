import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { sendResults } from '../../../src/server/operations/event-stream.ts';
import type { Endable } from '../../../src/system/endable.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { until } from '../../support/time/until.ts';

it('a client that leaves its events unread for a minute is cut off, and not before', async () => {
  const { timers, advance } = createManualTime();
  async function* endless() {
    for (;;) yield await Promise.resolve({ data: { text: 'x'.repeat(100_000) } });
  }
  let sending: Promise<void> | undefined;
  let isFull = () => false;
  const server = createServer((_request, response) => {
    isFull = () => response.writableNeedDrain;
    sending = sendResults(response, endless() as unknown as Endable<object>, timers);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').pause();
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await until(() => isFull());
  await advance(59_000);
  expect(isFull()).toBe(true);
  await advance(2_000);
  await sending;
  socket.destroy();
  server.close();
});
