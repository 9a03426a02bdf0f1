import type { Bus } from '../events/bus.ts';
import type { BreakerBoard } from './board/board.service.ts';

/** Those who hear of changed breakers, once the board has the change. */
export async function createListeners(
  bus: Bus,
  board: BreakerBoard,
): Promise<Disposable & { readonly add: (listener: (key: string) => void) => void }> {
  const listeners: ((key: string) => void)[] = [];
  const subscription = await bus.subscribe('breakers', async ({ key, seq }) => {
    if (board.breakerOf(key).revision < seq) await board.refresh();
    for (const listener of listeners) listener(key);
  });
  return {
    add: (listener) => void listeners.push(listener),
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
