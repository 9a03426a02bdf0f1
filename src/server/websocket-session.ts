import type { WebSocket } from 'ws';
import { createUnderWay, type UnderWay } from '../system/under-way.ts';

/** How many operations one socket may carry at once. */
export const MAX_OPERATIONS = 100;

/** What is known of one socket. */
export interface Session {
  readonly socket: WebSocket;
  /** Who speaks: by the key of the first message, else by the upgrade request's. */
  key(): string | undefined;
  /** Whether the client has introduced itself by a key that was valid. */
  isAdmitted(): boolean;
  /** Aborts when the first message has come. */
  readonly initialised: AbortSignal;
  /** Takes the first message's key, if it has one; returns whether the client is admitted. */
  initialise(key: string | undefined, admit: (key: string) => boolean): boolean;
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
export function createSession(socket: WebSocket, upgradeKey: string | undefined): Session {
  const operations = new Map<string, { readonly isWanted: () => boolean; readonly abort: AbortController }>();
  const initialised = new AbortController();
  const unsettled = new Set<string>();
  let key = upgradeKey;
  let admitted = false;
  return {
    socket,
    key: () => key,
    isAdmitted: () => admitted,
    initialised: initialised.signal,
    initialise(ownKey, admit) {
      initialised.abort();
      key = ownKey ?? key;
      admitted = key !== undefined && admit(key);
      return admitted;
    },
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
