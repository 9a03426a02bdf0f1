import type { RedisLink } from '../fleet/link.redis.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus } from './bus.ts';
import { createFanOut } from './fan-out.service.ts';
import { channelOf, encodeMessage } from './message.ts';
import { openReceiver } from './receiver.redis.ts';

export interface RedisBusOptions {
  /** Whoever opened it disposes of it, after the bus. */
  readonly link: RedisLink;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

/**
 * A bus between instances over Redis's sharded publish/subscribe, which a cluster keeps on one node and any other Redis
 * serves as well: the link's connection tells, one of the bus's own hears. Resolves when both work or one of them has
 * failed; a Redis that is away now is as good as one that goes away later.
 */
export async function createRedisBus(options: RedisBusOptions): Promise<Bus> {
  const { link, random, log } = options;
  const { state, keyspace } = link;
  const origin = random.uuid();
  const fanOut = createFanOut(log);
  const receiver = openReceiver({ ...options, origin, fanOut });
  await state.known;

  return {
    publish(event) {
      // Not within the publisher's own steps: a listener that takes long must not lengthen them.
      queueMicrotask(() => fanOut.deliver(event));
      const [channel, text] = [channelOf(keyspace, event.topic), encodeMessage({ origin, event })];
      link.run('publish', (client) => client.spublish(channel, text)).catch(() => state.countDropped());
    },
    subscribe: receiver.subscribe,
    onResync: (listener) => fanOut.onResync(listener),
    healthy: () => state.healthy(),
    [Symbol.dispose]: () => receiver[Symbol.dispose](),
  };
}
