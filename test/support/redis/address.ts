import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { OwnRedis } from './own-redis.ts';

/** One address behind which there may be another server tomorrow; connections that were made before stay where they are. */
export interface Address extends AsyncDisposable {
  readonly url: string;
  /** From now on new connections lead there. */
  leadTo(redis: OwnRedis): void;
  /** How many connections were asked for, whatever came of them. */
  connections(): number;
}

/** Opens an address that leads to a server. */
export async function openAddress(redis: OwnRedis): Promise<Address> {
  let { port } = redis;
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    connections += 1;
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (other) => void ({ port } = other),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
