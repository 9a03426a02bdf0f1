import type { Bus, BusEvent } from '../../src/events/bus.ts';
import { createRedisBus } from '../../src/events/bus.redis.ts';
import type { Topic } from '../../src/events/topic.ts';
import type { Log } from '../../src/system/log.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { openTestLink, type LinkChanges } from '../support/redis/connect.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { inTime } from '../support/time/in-time.ts';

/** The bus of an instance on this Redis, which has a link of its own. */
export async function openRedisBus(
  url: string,
  log: Log = silentLog,
  changes: LinkChanges = {},
): Promise<Bus> {
  const link = openTestLink(url, { log, ...changes });
  const bus = await createRedisBus({ link, timers: nodeTimers, random: createNodeRandom(() => 0), log });
  return {
    ...bus,
    [Symbol.dispose]() {
      bus[Symbol.dispose]();
      link[Symbol.dispose]();
    },
  };
}

/** What one listener hears of one key; on a Redis that others use too, everything else is theirs. */
export interface Ear extends Disposable {
  readonly heard: readonly number[];
  /** Resolves when this number has been heard. */
  until(seq: number): Promise<void>;
}

/** Subscribes a listener that remembers. */
export async function listen(bus: Bus, topic: Topic, key: string): Promise<Ear> {
  const heard: number[] = [];
  const waiting: { readonly seq: number; readonly wake: () => void }[] = [];
  const subscription = await bus.subscribe(topic, (event: BusEvent) => {
    if (event.topic !== topic || event.key !== key) return;
    heard.push(event.seq);
    for (const { seq, wake } of waiting) if (seq === event.seq) wake();
  });
  return {
    heard,
    async until(seq) {
      if (heard.includes(seq)) return;
      const told = new Promise<void>((wake) => void waiting.push({ seq, wake }));
      await inTime(told, () => `heard ${heard.join()}, and not ${seq}`);
    },
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
