import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Timers } from '../system/timers.ts';

/** How long calls that are under way may take to finish once the server is told to stop. */
const graceMs = 30_000;

/** A server that accepts connections; disposing of it stops that and lets calls under way finish. */
export interface Listening extends AsyncDisposable {
  /** E.g. `http://127.0.0.1:4000`. */
  readonly url: string;
}

/** Opens the door. Rejects when the address is taken or not ours. */
export async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  timers: Timers,
): Promise<Listening> {
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${name}:${bound.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeIdleConnections();
      using _forced = timers.after(graceMs, () => server.closeAllConnections());
      await closed;
    },
  };
}
