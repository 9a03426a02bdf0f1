import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { StartError } from '../system/start-error.ts';
import type { Timers } from '../system/timers.ts';

/** How long calls that are under way may take to finish once the server is told to stop. */
const graceMs = 30_000;

/** A server that accepts connections; disposing of it stops that and lets calls under way finish. */
export interface Listening extends AsyncDisposable {
  /** E.g. `http://127.0.0.1:4000`. */
  readonly url: string;
}

/** Opens the door. Throws StartError when the address is taken or not ours. */
export async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  timers: Timers,
): Promise<Listening> {
  const endConnections = followConnections(server);
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new StartError(refusals[code]?.(host, port) ?? message, { cause });
  }
  const bound = server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${name}:${bound.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      endConnections();
      using _forced = timers.after(graceMs, () => server.closeAllConnections());
      await closed;
    },
  };
}

const refusals: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) => `Port ${port} of ${host} is in use; choose another one by PORT.`,
  EACCES: (host, port) => `This user may not listen on port ${port} of ${host}; choose another one by PORT.`,
  EADDRNOTAVAIL: (host) => `${host} is not an address of this machine; choose another one by HOST.`,
  ENOTFOUND: (host) => `${host} is not an address of this machine; choose another one by HOST.`,
};

/**
 * Returns what ends a server's connections: at once where nothing is being answered, else with the answer, which
 * tells the caller so. Node's own `closeIdleConnections` leaves those on which nothing was ever asked, as clients
 * open them in reserve, and keeps those that are busy open for the next request.
 */
function followConnections(server: Server): () => void {
  const open = new Map<Socket, ServerResponse | undefined>();
  server.on('connection', (socket: Socket) => {
    open.set(socket, undefined);
    socket.once('close', () => open.delete(socket));
  });
  server.prependListener('request', ({ socket }, response) => {
    open.set(socket, response);
    response.once('close', () => {
      if (open.get(socket) === response) open.set(socket, undefined);
    });
  });
  return () => {
    for (const [socket, response] of open) {
      if (response === undefined) socket.destroy();
      else response.shouldKeepAlive = false;
    }
  };
}
