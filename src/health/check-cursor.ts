/** A check's place in the list: by when it was made, then by id. */
export interface CheckPlace {
  /** Milliseconds since the epoch. */
  readonly probedAt: number;
  readonly id: string;
}

const CURSOR = /^(\d{1,15})\.([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/;

/** The end of the year 9999, beyond which the database and we write instants in different ways. */
const LATEST_MS = 253_402_300_799_999;

/** The text of a place; clients pass it back as it is. */
export function encodeCheckCursor({ probedAt, id }: CheckPlace): string {
  return `${probedAt}.${id}`;
}

/** The place that a text names; undefined when it names none. */
export function decodeCheckCursor(text: string): CheckPlace | undefined {
  const [, probedAt, id] = CURSOR.exec(text) ?? [];
  return id === undefined || !(Number(probedAt) <= LATEST_MS)
    ? undefined
    : { probedAt: Number(probedAt), id };
}
