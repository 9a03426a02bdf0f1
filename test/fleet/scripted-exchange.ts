import {
  encodeRow,
  type Exchanged,
  type PartExchange,
  type RemoteUpdate,
  type Row,
  type Update,
} from '../../src/fleet/replication.ts';

/** The other instances of a fleet, who say what a test has them say. */
export interface ScriptedExchange extends PartExchange {
  /** What was sent in each exchange. */
  readonly sent: readonly (readonly Update[])[];
  /** What the others have changed by the next exchange. */
  heard(updates: readonly RemoteUpdate[], more?: Partial<Exchanged>): void;
  /** From now on every exchange ends as this promise does. */
  answer: () => Promise<Exchanged>;
}

/** Nobody has said anything yet. */
export function createScriptedExchange(): ScriptedExchange {
  const sent: (readonly Update[])[] = [];
  const waiting: Exchanged[] = [];
  const nothing: Exchanged = { updates: [], hasMore: false, startsAnew: false };
  return {
    sent,
    heard: (updates, more = {}) => void waiting.push({ ...nothing, updates, ...more }),
    answer: async () => waiting.shift() ?? nothing,
    exchange(updates) {
      sent.push(updates);
      return this.answer();
    },
  };
}

/** A part that another instance has changed just now. */
export function remote(kind: string, name: string, row: Row, more: Partial<RemoteUpdate> = {}): RemoteUpdate {
  return { author: 'another', kind, name, text: encodeRow(row), ageMs: 0, leftMs: 60_000, ...more };
}
