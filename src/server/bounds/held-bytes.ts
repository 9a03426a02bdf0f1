/** Why there is no room for more: the holder's own share is used up, or what there is for all. */
export type NoRoom = 'share' | 'all';

/** What one body or message takes of the memory that there is for all of them. */
export interface ByteHold extends Disposable {
  /** Takes so much more, or says why not; what was taken stays until it is disposed of. */
  grow(bytes: number): NoRoom | undefined;
  /** Gives so much of it back. */
  shrink(bytes: number): void;
}

/** The memory for what clients send, from the first byte until it is answered. */
export interface HeldBytes {
  /** Nothing yet, on the account of these holders, such as a key and an address. */
  hold(...holders: readonly string[]): ByteHold;
  /** What all hold together. */
  total(): number;
}

/** Bytes at most, of all together and of one holder. */
export interface ByteLimits {
  readonly all: number;
  readonly share: number;
}

/** Nobody holds anything yet. */
export function createHeldBytes({ all, share }: ByteLimits): HeldBytes {
  const held = new Map<string, number>();
  let total = 0;

  function add(holders: readonly string[], bytes: number): void {
    total += bytes;
    for (const holder of holders) {
      const left = (held.get(holder) ?? 0) + bytes;
      if (left > 0) held.set(holder, left);
      else held.delete(holder);
    }
  }

  return {
    total: () => total,
    hold(...holders) {
      let own = 0;
      const shrink = (bytes: number) => {
        const back = Math.min(own, bytes);
        own -= back;
        add(holders, -back);
      };
      return {
        grow(bytes) {
          if (holders.some((holder) => (held.get(holder) ?? 0) + bytes > share)) return 'share';
          if (total + bytes > all) return 'all';
          own += bytes;
          add(holders, bytes);
          return undefined;
        },
        shrink,
        [Symbol.dispose]: () => shrink(own),
      };
    },
  };
}
