/** What is still to happen, by time: a binary heap. */
export interface Agenda {
  add(atMs: number, task: () => void): void;
  /** When the first happens; Infinity: nothing does. */
  firstAtMs(): number;
  /** Takes the first away and does it. */
  runFirst(): void;
}

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
}

/** Nothing is to happen. What happens at one moment does so in the order in which it was added. */
export function createAgenda(): Agenda {
  const heap: Entry[] = [];
  let added = 0;
  const isBefore = (a: Entry, b: Entry) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  function siftDown(entry: Entry): void {
    let at = 0;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const leftEntry = heap[left];
      if (leftEntry === undefined) break;
      const rightEntry = heap[right];
      const isRight = rightEntry !== undefined && isBefore(rightEntry, leftEntry);
      const child = isRight ? rightEntry : leftEntry;
      if (!isBefore(child, entry)) break;
      heap[at] = child;
      at = isRight ? right : left;
    }
    heap[at] = entry;
  }

  return {
    add(atMs, task) {
      const entry = { atMs, order: (added += 1), task };
      let at = heap.length;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        const above = heap[parent];
        if (above === undefined || !isBefore(entry, above)) break;
        heap[at] = above;
        at = parent;
      }
      heap[at] = entry;
    },
    firstAtMs: () => heap[0]?.atMs ?? Infinity,
    runFirst() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return;
      if (heap.length > 0) siftDown(last);
      first.task();
    },
  };
}
