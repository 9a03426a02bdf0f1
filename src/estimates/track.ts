/**
 * What is known of how one model's calls went, ten seconds to a slot. A slot holds sums alone, so that outcomes and
 * the parts of several instances may come in any order, and an outcome costs two additions. All of it is whole numbers.
 */
export interface Track {
  /** The number of the newest slot in which anything happened: instants divided by `SLOT_MS`. */
  newest: number;
  /** The slot in which the model was last found well after an outage; what is older says nothing of it any more. */
  wellSince: number;
  /** `SLOTS` slots of `SLOT_FIELDS` numbers; those that the newest has left behind are empty. */
  readonly cells: Float64Array;
}

/** What a slot holds of its time. */
export interface SlotSums {
  /** The sum of observed / expected latencies, thousandths each, and of how many. */
  readonly ratioPermille: number;
  readonly ratios: number;
  readonly successes: number;
  readonly failures: number;
}

export const SLOT_MS = 10_000;

/** Ten minutes: what is older weighs less than a thirtieth, and is forgotten. */
export const SLOTS = 60;

/** Numbers of a slot: the sum of ratios, how many ratios, successes, failures. */
export const SLOT_FIELDS = 4;

/** How long an outcome is known. */
export const TRACK_MS = SLOTS * SLOT_MS;

/** Nothing has happened. */
export function openTrack(): Track {
  return { newest: -Infinity, wellSince: -Infinity, cells: new Float64Array(SLOTS * SLOT_FIELDS) };
}

/** The slot of an instant of the monotonic clock. */
export function slotOf(atMs: number): number {
  return Math.floor(atMs / SLOT_MS);
}

/** Adds what happened in a slot. What is older than everything that is kept is passed over. */
export function addToSlot(
  track: Track,
  slot: number,
  { ratioPermille, ratios, successes, failures }: SlotSums,
): void {
  const at = cellOf(track, slot);
  if (at < 0) return;
  const { cells } = track;
  cells[at] = (cells[at] ?? 0) + ratioPermille;
  cells[at + 1] = (cells[at + 1] ?? 0) + ratios;
  cells[at + 2] = (cells[at + 2] ?? 0) + successes;
  cells[at + 3] = (cells[at + 3] ?? 0) + failures;
}

/** Adds one observed / expected latency, thousandths. */
export function addRatio(track: Track, slot: number, ratioPermille: number): void {
  const at = cellOf(track, slot);
  if (at < 0) return;
  const { cells } = track;
  cells[at] = (cells[at] ?? 0) + ratioPermille;
  cells[at + 1] = (cells[at + 1] ?? 0) + 1;
}

/** Counts a success or a failure. */
export function addEnd(track: Track, slot: number, signal: 'success' | 'failure'): void {
  const at = cellOf(track, slot);
  if (at < 0) return;
  const field = at + (signal === 'success' ? 2 : 3);
  track.cells[field] = (track.cells[field] ?? 0) + 1;
}

/** An outage has ended in a slot, unless a later one is known to have. */
export function noteWell(track: Track, slot: number): void {
  track.wellSince = Math.max(track.wellSince, slot);
}

/** Where a slot begins among the cells, for reading; −1: nothing is kept of it. */
export function placeOf({ newest }: Track, slot: number): number {
  return slot > newest || slot <= newest - SLOTS ? -1 : positionOf(slot);
}

/** Forgets everything. */
export function clear(track: Track): void {
  track.newest = -Infinity;
  track.wellSince = -Infinity;
  track.cells.fill(0);
}

/** Where a slot begins, made ready to be added to; −1: it is too old. */
function cellOf(track: Track, slot: number): number {
  if (slot <= track.newest - SLOTS) return -1;
  if (slot > track.newest) {
    const passed = Math.min(SLOTS, slot - track.newest);
    for (let next = slot - passed + 1; next <= slot; next += 1) {
      const at = positionOf(next);
      track.cells.fill(0, at, at + SLOT_FIELDS);
    }
    track.newest = slot;
  }
  return positionOf(slot);
}

/** Slots before the clock's origin have negative numbers. */
function positionOf(slot: number): number {
  return (((slot % SLOTS) + SLOTS) % SLOTS) * SLOT_FIELDS;
}
