import type { RedisLink } from '../fleet/link.redis.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus } from './bus.ts';
import type { FanOut } from './fan-out.service.ts';
import { channelOf, decodeMessage } from './message.ts';
import type { Topic } from './topic.ts';

/** How long after a refusal this instance asks again for its channels. */
const RESUBSCRIBE_MS = 1000;

export interface ReceiverOptions {
  readonly link: RedisLink;
  readonly timers: Timers;
  readonly log: Log;
  /** Messages that carry this name are this instance's own, and passed over. */
  readonly origin: string;
  readonly fanOut: FanOut;
}

/** Hears other instances for all listeners of this one, through one connection. */
export function openReceiver(options: ReceiverOptions): Pick<Bus, 'subscribe'> & Disposable {
  const { timers, log, origin, fanOut } = options;
  const { state, keyspace, open } = options.link;
  let retry: Disposable | undefined;
  const { client, isUp, ...connection } = open({
    onUp: () => void resubscribe(),
    onDown: (reason) => state.fail('subscribe', reason),
  });
  client.on('smessage', (channel: string, text: string) => {
    const message = decodeMessage(channel.slice(keyspace.length) as Topic, text);
    if (message === undefined) log.warn('A message on a channel of ours is none of ours.', { channel });
    else if (message.origin !== origin) fanOut.deliver(message.event);
  });

  /** Asks for the messages of topics; false when Redis refused, which is tried again, or was lost. */
  async function subscribeTo(topics: readonly Topic[]): Promise<boolean> {
    try {
      if (topics.length > 0) await client.ssubscribe(...topics.map((topic) => channelOf(keyspace, topic)));
      return true;
    } catch (error) {
      if (!isUp()) return false;
      state.fail('subscribe', (error as Error).message);
      retry?.[Symbol.dispose]();
      retry = timers.after(RESUBSCRIBE_MS, () => void resubscribe());
      return false;
    }
  }

  /** Takes up all topics again; a resync makes up for what was missed. */
  async function resubscribe(): Promise<void> {
    if (!(await subscribeTo(fanOut.topics())) || !isUp()) return;
    state.mend('subscribe');
    fanOut.resync();
  }

  return {
    async subscribe(topic, listener) {
      const subscription = fanOut.add(topic, listener, () => {
        // Refused or lost, it leaves messages that nobody listens to.
        if (isUp()) client.sunsubscribe(channelOf(keyspace, topic)).catch(() => {});
      });
      // A connection that is coming back asks for all topics, and a resync follows.
      if (isUp()) await subscribeTo([topic]);
      return subscription;
    },
    [Symbol.dispose]() {
      retry?.[Symbol.dispose]();
      connection[Symbol.dispose]();
    },
  };
}
