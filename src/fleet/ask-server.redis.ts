import { Redis } from 'ioredis';
import { connectOptions } from './connector.redis.ts';
import type { RedisAddress, RedisCredentials } from './redis-url.ts';

/** How long one server may take to be reached, and to answer. */
const ASK_TIMEOUT_MS = 1000;

/** How a server is reached. */
export interface ServerAccess {
  readonly tls: boolean;
  readonly credentials: RedisCredentials | null;
}

/** Asks one server one thing, through a connection that is closed again. Rejects when that does not work. */
export async function askServer<T>(
  address: RedisAddress,
  { tls, credentials }: ServerAccess,
  ask: (client: Redis) => Promise<T>,
): Promise<T> {
  const client = new Redis({
    ...credentials,
    ...connectOptions({ tls, locate: () => Promise.resolve(address), accepts: () => true }),
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: ASK_TIMEOUT_MS,
    commandTimeout: ASK_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: string | undefined;
  client.on('error', (error: Error) => void (reason = error.message));
  try {
    await client.connect();
    return await ask(client);
  } catch (error) {
    // What the library throws here says only that the connection is closed.
    throw new Error(reason ?? (error as Error).message, { cause: error });
  } finally {
    client.disconnect();
  }
}
