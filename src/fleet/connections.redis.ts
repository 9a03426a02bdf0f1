import { askServer } from './ask-server.redis.ts';
import { openRedis, type RedisConnection, type RedisConnectionOptions } from './connection.redis.ts';
import type { Whereabouts } from './connector.redis.ts';
import { createLocate } from './locate.redis.ts';
import type { RedisTarget } from './redis-url.ts';

/** The connections of one instance, which belong to the same server. */
export interface Connections {
  /** Makes another one, which its user disposes of. */
  open(hooks: Pick<RedisConnectionOptions, 'onUp' | 'onDown' | 'beat'>): RedisConnection;
  /** Has those leave that are at another server than the one to which a new connection leads now. */
  follow(): Promise<void>;
}

/** None is open. When a server tells one of them that another has taken over, all leave it. */
export function createConnections(
  options: Pick<RedisConnectionOptions, 'target' | 'keyspace' | 'timers' | 'random'>,
): Connections {
  const { target, keyspace } = options;
  const connections = new Set<RedisConnection>();
  const locate = createLocate(target, keyspace);
  return {
    open(hooks) {
      const connection = openRedis({
        ...options,
        ...hooks,
        onElsewhere() {
          for (const other of connections)
            if (other !== connection) other.leave('another server has taken over');
        },
      });
      connections.add(connection);
      return {
        ...connection,
        [Symbol.dispose]() {
          connections.delete(connection);
          connection[Symbol.dispose]();
        },
      };
    },
    async follow() {
      const found = await findServerId(target, locate);
      const strays = (): RedisConnection[] =>
        [...connections].filter((one) => (one.serverId() ?? found) !== found);
      if (found === undefined || strays().length === 0) return;
      // Twice the same: an address that leads here and there in turn is no reason to move.
      if ((await findServerId(target, locate)) !== found) return;
      for (const stray of strays()) stray.leave('its address leads to another server now');
    },
  };
}

/** The server to which a new connection leads now; undefined: none, one that follows another, or it does not say. */
async function findServerId(target: RedisTarget, locate: Whereabouts['locate']): Promise<string | undefined> {
  try {
    const info = await askServer(await locate(), target, (client) => client.info());
    return /^role:master\r?$/m.test(info) ? /^run_id:(\w+)/m.exec(info)?.[1] : undefined;
  } catch {
    // Whether Redis can be reached is what the connections report that are used.
    return undefined;
  }
}
