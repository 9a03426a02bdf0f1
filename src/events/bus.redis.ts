import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus } from './bus.ts';
import { openRedis } from '../fleet/connection.redis.ts';
import { createFanOut } from './fan-out.service.ts';
import { createLinkState } from '../fleet/link-state.service.ts';
import { channelOf, encodeMessage } from './message.ts';
import { openReceiver } from './receiver.redis.ts';

export interface RedisBusOptions {
  readonly url: string;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

/**
 * A bus between instances over Redis's sharded publish/subscribe, which a cluster keeps on one node and any other Redis
 * serves as well: one connection that hears, one that tells. Resolves when both work or one of them has failed; a Redis
 * that is away now is as good as one that goes away later.
 */
export async function createRedisBus(options: RedisBusOptions): Promise<Bus> {
  const origin = options.random.uuid();
  const fanOut = createFanOut(options.log);
  const state = createLinkState(options.log);
  const receiver = openReceiver({ ...options, origin, fanOut, state });
  const sender = openRedis({
    ...options,
    onUp: () => state.mend('telling'),
    onDown: (reason) => state.fail('telling', reason),
  });
  await state.known;

  return {
    publish(event) {
      // Not within the publisher's own steps: a listener that takes long must not lengthen them.
      queueMicrotask(() => fanOut.deliver(event));
      if (!sender.isUp()) return state.countDropped();
      sender.client.spublish(channelOf(event.topic), encodeMessage({ origin, event })).then(
        () => state.mend('telling'),
        (error: unknown) => {
          state.countDropped();
          if (sender.isUp()) state.fail('telling', (error as Error).message);
        },
      );
    },
    subscribe: receiver.subscribe,
    onResync: (listener) => fanOut.onResync(listener),
    healthy: () => state.healthy(),
    [Symbol.dispose]() {
      receiver[Symbol.dispose]();
      sender[Symbol.dispose]();
    },
  };
}
