import type { LocalPart, Row } from '../fleet/replication.ts';
import { MOST_RATIO_PERMILLE } from './outcome.ts';
import {
  addToSlot,
  clear,
  noteWell,
  placeOf,
  SLOT_FIELDS,
  SLOT_MS,
  SLOTS,
  slotOf,
  TRACK_MS,
  type Track,
} from './track.ts';

/**
 * One instance's part of what is known of a model, as it travels and is stored: whose it is, how far the author's
 * present slot had come (milliseconds), how many slots ago it found the model well after an outage and one more (0: not
 * lately), then the slots from the present one back, `SLOT_FIELDS` numbers each.
 */
export interface Part {
  /** Told in every part, because one may come by two ways: through Redis and out of the database. */
  readonly author: number;
  readonly row: Row;
  /** When it was written, by the reader's clock. */
  readonly writtenAtMs: number;
}

const HEAD_NUMBERS = 3;

/** More calls than an instance can make in a slot: what tells of more is not believed. */
const MOST_PER_SLOT = 10_000_000;

/** What this instance has observed itself, for the others; null: nothing that still counts. */
export function partOf(track: Track, author: number, now: number): LocalPart | null {
  const present = Math.max(slotOf(now), track.newest);
  const holdsMs = Math.ceil((track.newest + 1) * SLOT_MS + TRACK_MS - Math.max(now, present * SLOT_MS));
  if (!(holdsMs > SLOT_MS)) return null;
  const wellAgo = present - track.wellSince;
  const row = [author, Math.max(0, Math.floor(now - present * SLOT_MS)), wellAgo < SLOTS ? wellAgo + 1 : 0];
  let used = HEAD_NUMBERS;
  for (let age = 0; age < SLOTS; age += 1) {
    const at = placeOf(track, present - age);
    for (let offset = 0; offset < SLOT_FIELDS; offset += 1) {
      const number = at < 0 ? 0 : (track.cells[at + offset] ?? 0);
      row.push(number);
      if (number > 0) used = row.length;
    }
  }
  return used === HEAD_NUMBERS ? null : { row: row.slice(0, used), holdsMs };
}

/** Whose part a row is; NaN: it is none. */
export function authorOf(row: Row): number {
  return row[0] ?? Number.NaN;
}

/**
 * What all parts say together, in the place of what the track held: the newest part of each author but the reader
 * itself. Slots of other clocks are put where their middle lies on the reader's.
 */
export function sumParts(track: Track, parts: readonly Part[], reader: number, now: number): void {
  clear(track);
  for (const part of newestOfEach(parts)) {
    if (part.author !== reader) addPart(track, part, now);
  }
}

function newestOfEach(parts: readonly Part[]): Iterable<Part> {
  const newest = new Map<number, Part>();
  for (const part of parts) {
    const known = newest.get(part.author);
    if (known === undefined || known.writtenAtMs < part.writtenAtMs) newest.set(part.author, part);
  }
  return newest.values();
}

function addPart(track: Track, { row, writtenAtMs }: Part, now: number): void {
  const intoSlotMs = Math.min(row[1] ?? 0, SLOT_MS);
  const present = slotOf(now);
  const slotAgo = (age: number) =>
    Math.min(present, slotOf(writtenAtMs - intoSlotMs + SLOT_MS / 2 - age * SLOT_MS));
  const wellAgo = row[2] ?? 0;
  if (wellAgo > 0) noteWell(track, slotAgo(wellAgo - 1));
  for (let age = 0; age < SLOTS; age += 1) {
    const from = HEAD_NUMBERS + age * SLOT_FIELDS;
    if (from >= row.length) return;
    const slot = slotAgo(age);
    const [ratioPermille = 0, ratios = 0, successes = 0, failures = 0] = row.slice(from, from + SLOT_FIELDS);
    if (slot <= present - SLOTS || ratios + successes + failures === 0) continue;
    const believed = Math.min(ratios, MOST_PER_SLOT);
    addToSlot(track, slot, {
      ratioPermille: Math.min(ratioPermille, believed * MOST_RATIO_PERMILLE),
      ratios: believed,
      successes: Math.min(successes, MOST_PER_SLOT),
      failures: Math.min(failures, MOST_PER_SLOT),
    });
  }
}
