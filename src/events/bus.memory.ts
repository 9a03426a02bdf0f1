import type { Log } from '../system/log.ts';
import type { Bus } from './bus.ts';
import { createFanOut } from './fan-out.service.ts';

/** The bus of an instance that is alone, or whose neighbours learn of changes by polling. */
export function createMemoryBus(log: Log): Bus {
  const { add, deliver, onResync } = createFanOut(log);
  return {
    // Not within the publisher's own steps: a listener that takes long must not lengthen them.
    publish: (event) => queueMicrotask(() => deliver(event)),
    subscribe: async (topic, listener) => add(topic, listener),
    onResync,
    healthy: () => true,
    [Symbol.dispose]() {},
  };
}
