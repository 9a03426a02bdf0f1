/**
 * How the instances of a fleet share what each of them knows, without anybody waiting for it: every instance keeps
 * its own part of each entry and has a copy of everybody else's. A part has one author and is replaced as a whole, so
 * telling it again changes nothing, and nothing drifts by being repeated. What comes of all parts is worked out by
 * each reader.
 */

/** A part as numbers: durations and counts alone, because instances have no clock in common. Whole and not negative. */
export type Row = readonly number[];

/** What one instance knows of an entry, and for how long any of it holds. */
export interface LocalPart {
  readonly row: Row;
  /** Milliseconds; at most `MOST_HELD_MS` are kept. */
  readonly holdsMs: number;
}

/** What another instance knew of an entry so long ago. Numbers from outside: whoever takes it up bounds them. */
export interface RemotePart {
  readonly row: Row;
  readonly ageMs: number;
}

/** One kind of entries, such as the use of quotas by key. Instants are of this instance's monotonic clock. */
export interface ReplicatedState {
  /** Its name among the others', without a space; entries' names may have any. */
  readonly kind: string;
  /** The entries of which this instance knows something itself. */
  names(): Iterable<string>;
  /** What it knows itself; null: nothing that still holds. */
  localPart(name: string, now: number): LocalPart | null;
  /** Whether an entry is in use here: others' parts of one that is not are kept, and merged by whoever begins. */
  isInUse(name: string): boolean;
  /** Takes up what all the others know of an entry, in the place of what they knew before. */
  merge(name: string, parts: readonly RemotePart[], now: number): void;
}

/** The longest for which a part is kept when nobody renews it: no pause that it may tell of is longer. */
export const MOST_HELD_MS = 3_600_000;

/** A part on its way to the others. */
export interface Update extends LocalPart {
  readonly kind: string;
  readonly name: string;
}

/** Another instance's part on its way here, changed so long ago and good for so much longer. */
export interface RemoteUpdate {
  readonly author: string;
  readonly kind: string;
  readonly name: string;
  /** The row as `encodeRow` writes it, unless somebody else has written it. */
  readonly text: string;
  readonly ageMs: number;
  readonly leftMs: number;
}

/** What came of one exchange. */
export interface Exchanged {
  /** What the others have changed since the last exchange. */
  readonly updates: readonly RemoteUpdate[];
  /** The others have changed more than fits into one: another exchange brings the rest. */
  readonly hasMore: boolean;
  /** What this instance sent before may be lost: it is to send everything again. */
  readonly startsAnew: boolean;
}

/** The place where the instances of a fleet meet. */
export interface PartExchange {
  /**
   * Puts these parts of this instance in the place of those that it sent before, and resolves with what the others
   * have changed. Rejects, without much delay, while the place cannot be reached, and reports that itself; whether the
   * parts arrived is then unknown, and sending them again does no harm.
   */
  exchange(updates: readonly Update[]): Promise<Exchanged>;
}

/** A row as a text. */
export function encodeRow(row: Row): string {
  return row
    .map((number) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.ceil(number) || 0)))
    .join(' ');
}

/** The row that a text from outside means; undefined: none, so that it is passed over. */
export function decodeRow(text: string): Row | undefined {
  if (text === '') return [];
  const row = text.split(' ').map((digits) => (/^\d{1,16}$/.test(digits) ? Number(digits) : NaN));
  return row.every(Number.isSafeInteger) ? row : undefined;
}
