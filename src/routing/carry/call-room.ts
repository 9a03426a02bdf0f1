import type { Sockets } from '../../system/resources/sockets.ts';

/** Whether an instance can carry one more call: each takes memory, its client's socket and one to a provider. */
export interface CallRoom {
  /** Holds what a call takes, until disposed of; null: there is no room for it. `bytes`: the size of its request. */
  enter(bytes: number): Disposable | null;
}

/** What a call takes beside its request: plan, decision, record, answer. As measured, rounded up. */
export const CALL_BYTES = 128 * 1024;

/** What the text of a request takes while it is under way: as it came, as it is kept, and as it is sent. */
const TIMES_A_REQUEST = 4;

/** Of the memory for objects, calls may take one in so many parts. */
const SHARE_OF_HEAP = 2;

/** Room for one request that so many models are asked at once; null: there is not enough of it. */
export function enterTimes(room: CallRoom, times: number, bytes: number): Disposable | null {
  if (times === 1) return room.enter(bytes);
  using held = new DisposableStack();
  for (let time = 0; time < times; time += 1) {
    const place = room.enter(bytes);
    if (place === null) return null;
    held.use(place);
  }
  return held.move();
}

/** Room for calls; all entries to routing share it. */
export function createCallRoom(sockets: Sockets, heapBytes: number): CallRoom {
  const mostBytes = heapBytes / SHARE_OF_HEAP;
  let calls = 0;
  let heldBytes = 0;
  return {
    enter(requestBytes) {
      const bytes = CALL_BYTES + TIMES_A_REQUEST * requestBytes;
      // Whatever it asks for, a call that is alone is carried.
      if (calls > 0 && heldBytes + bytes > mostBytes) return null;
      const socket = sockets.setAside();
      if (socket === null && calls > 0) return null;
      calls += 1;
      heldBytes += bytes;
      let isHeld = true;
      return {
        [Symbol.dispose]() {
          if (!isHeld) return;
          isHeld = false;
          calls -= 1;
          heldBytes -= bytes;
          socket?.[Symbol.dispose]();
        },
      };
    },
  };
}
