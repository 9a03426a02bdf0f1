import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus } from './bus.ts';
import { openRedis } from '../fleet/connection.redis.ts';
import type { FanOut } from './fan-out.service.ts';
import type { LinkState } from '../fleet/link-state.service.ts';
import { channelOf, decodeMessage } from './message.ts';
import type { Topic } from './topic.ts';

/** How long after a refusal this instance asks again for its channels. */
const REJOIN_MS = 1000;

export interface ReceiverOptions {
  readonly url: string;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** Messages that carry this name are this instance's own, and passed over. */
  readonly origin: string;
  readonly fanOut: FanOut;
  readonly state: LinkState;
}

/** Hears other instances for all listeners of this one, through one connection. */
export function openReceiver(options: ReceiverOptions): Pick<Bus, 'subscribe'> & Disposable {
  const { timers, log, origin, fanOut, state } = options;
  let retry: Disposable | undefined;
  const { client, isUp, ...connection } = openRedis({
    ...options,
    onUp: () => void rejoin(),
    onDown: (reason) => state.fail('hearing', reason),
  });
  client.on('smessage', (channel: string, text: string) => {
    const message = decodeMessage(channel, text);
    if (message === undefined) log.warn('A message on a channel of ours is none of ours.', { channel });
    else if (message.origin !== origin) fanOut.deliver(message.event);
  });

  /** Asks for the messages of topics; false when Redis refused, which is tried again, or was lost. */
  async function join(topics: readonly Topic[]): Promise<boolean> {
    try {
      if (topics.length > 0) await client.ssubscribe(...topics.map(channelOf));
      return true;
    } catch (error) {
      if (!isUp()) return false;
      state.fail('hearing', (error as Error).message);
      retry?.[Symbol.dispose]();
      retry = timers.after(REJOIN_MS, () => void rejoin());
      return false;
    }
  }

  /** Takes up all topics again; a resync makes up for what was missed. */
  async function rejoin(): Promise<void> {
    if (!(await join(fanOut.topics()))) return;
    state.mend('hearing');
    fanOut.resync();
  }

  return {
    async subscribe(topic, listener) {
      const subscription = fanOut.add(topic, listener, () => {
        // Refused or lost, it leaves messages that nobody listens to.
        if (isUp()) client.sunsubscribe(channelOf(topic)).catch(() => {});
      });
      // A connection that is coming back asks for all topics, and a resync follows.
      if (isUp()) await join([topic]);
      return subscription;
    },
    [Symbol.dispose]() {
      retry?.[Symbol.dispose]();
      connection[Symbol.dispose]();
    },
  };
}
