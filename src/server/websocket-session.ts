import type { WebSocket } from 'ws';
import type { ByteHold } from './bounds/held-bytes.ts';
import { createUnderWay, type UnderWay } from '../system/under-way.ts';

/** Characters of an operation's id at most: clients use numbers or UUIDs. */
export const MAX_ID_CHARACTERS = 128;

/** How many operations one socket may carry at once. */
export const MAX_OPERATIONS = 100;

/** What an admitted client holds until its socket is closed. */
export interface Admission {
  readonly place: Disposable;
  readonly hold: ByteHold;
}

/** What is known of one socket. */
export interface Session {
  readonly socket: WebSocket;
  /** Where its client is, as addresses are counted. */
  readonly address: string;
  /** Who speaks: by the key of the first message, else by the upgrade request's. */
  key(): string | undefined;
  /** Whether the client has introduced itself by a key that was valid. */
  isAdmitted(): boolean;
  /** Aborts when the first message has come. */
  readonly initialised: AbortSignal;
  /** Takes the first message's key, if it has one; returns whether the client is admitted. */
  initialise(key: string | undefined, admit: (key: string) => Admission | undefined): boolean;
  /** What its messages take; undefined until the client is admitted. */
  hold(): ByteHold | undefined;
  /** Keeps something that is to be disposed of when the socket is closed. */
  keep(thing: Disposable): void;
  /** Disposes of what is kept: the socket is closed. */
  release(): void;
  /** The messages being dealt with; one that starts an operation is until that has ended. */
  readonly messages: UnderWay;
  /** The queries and mutations being executed. */
  readonly executions: UnderWay;
  /**
   * Follows an operation until `isWanted` denies it; the signal aborts then. Undefined: a former operation of this id,
   * though not wanted any more, is still at work.
   */
  begin(id: string, isWanted: () => boolean): AbortSignal | undefined;
  /** An operation has been answered, or its stream begun: from here on it ends as soon as it is not wanted. */
  settled(id: string): void;
  /** Looks for operations that are not wanted any more. */
  sweep(): void;
}

/** A socket that has just been opened. */
export function createSession(
  socket: WebSocket,
  { address, key: upgradeKey }: { readonly address: string; readonly key: string | undefined },
): Session {
  const operations = new Map<string, { readonly isWanted: () => boolean; readonly abort: AbortController }>();
  const initialised = new AbortController();
  const unsettled = new Set<string>();
  let key = upgradeKey;
  let admission: Admission | undefined;
  const kept = new DisposableStack();
  // What comes after the close is not kept at all.
  const keep = (thing: Disposable) => void (kept.disposed ? thing[Symbol.dispose]() : kept.use(thing));
  return {
    socket,
    address,
    key: () => key,
    isAdmitted: () => admission !== undefined,
    hold: () => admission?.hold,
    initialised: initialised.signal,
    initialise(ownKey, admit) {
      initialised.abort();
      key = ownKey ?? key;
      admission = key === undefined ? undefined : admit(key);
      if (admission === undefined) return false;
      keep(admission.place);
      keep(admission.hold);
      return true;
    },
    keep,
    release: () => kept.dispose(),
    messages: createUnderWay(),
    executions: createUnderWay(),
    begin(id, isWanted) {
      if (unsettled.has(id)) return undefined;
      unsettled.add(id);
      const abort = new AbortController();
      operations.set(id, { isWanted, abort });
      return abort.signal;
    },
    settled: (id) => void unsettled.delete(id),
    sweep() {
      for (const [id, { isWanted, abort }] of operations) {
        if (isWanted()) continue;
        operations.delete(id);
        abort.abort();
      }
    },
  };
}
