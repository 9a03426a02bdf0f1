import type { LocalPart, RemotePart } from '../fleet/replication.ts';
import { asExpected, estimateOf, isSameEstimate, type Estimate } from './estimate.ts';
import { observedRatioPermille, type ExpectedSpeed, type Outcome } from './outcome.ts';
import { authorOf, partOf, sumParts, type Part } from './part-row.ts';
import { addEnd, addRatio, noteWell, openTrack, slotOf, TRACK_MS, type Track } from './track.ts';

/** How long an estimate is read as it was worked out while nothing is observed: it only fades meanwhile. */
const FADING_MS = 1_000;

/** What this instance knows of one model. */
interface ModelRow {
  readonly own: Track;
  /** The other instances' parts together; null: they have told nothing. */
  others: Track | null;
  /** The parts that came out of the database when this instance began. */
  stored: readonly Part[];
  estimate: Estimate;
  /** Until when the estimate may be read as it is; −Infinity: something has been observed since. */
  readUntilMs: number;
  isUnsent: boolean;
  isUnsaved: boolean;
  /** The last success of a user's call that is not written down; −Infinity: none. */
  liveSuccessAtMs: number;
}

/** What is to be written down of a model. */
export interface Unsaved {
  readonly key: string;
  /** Null: only the live success is news. */
  readonly part: LocalPart | null;
  readonly liveSuccessAtMs: number;
}

/** All that this instance knows of how models behave. Instants are of its monotonic clock. */
export interface EstimateBoard {
  /** One of the parts that everybody else sums: this instance's name among authors. */
  readonly author: number;
  readonly rows: Map<string, ModelRow>;
}

/** Nothing has been observed. */
export function openEstimateBoard(author: number): EstimateBoard {
  return { author, rows: new Map() };
}

/** Takes up how a call ended. */
export function observe(board: EstimateBoard, outcome: Outcome, speed: ExpectedSpeed, now: number): void {
  const { key, signal, isProbe, endsOutage } = outcome;
  const ratioPermille = observedRatioPermille(outcome, speed);
  if (ratioPermille === null && signal === 'neutral') return;
  const row = rowOf(board, key);
  const slot = slotOf(now);
  if (endsOutage) noteWell(row.own, slot);
  if (ratioPermille !== null) addRatio(row.own, slot, ratioPermille);
  if (signal !== 'neutral') addEnd(row.own, slot, signal);
  if (signal === 'success' && !isProbe) row.liveSuccessAtMs = now;
  row.readUntilMs = -Infinity;
  row.isUnsent = row.isUnsaved = true;
}

/** What is known of a model; the same object until that changes. */
export function estimateOfModel(board: EstimateBoard, key: string, now: number): Estimate {
  const row = board.rows.get(key);
  if (row === undefined) return asExpected;
  if (now >= row.readUntilMs) {
    row.readUntilMs = now + FADING_MS;
    const estimate = estimateOf(row.own, row.others, now);
    if (isSameEstimate(estimate, asExpected)) row.estimate = asExpected;
    else if (!isSameEstimate(estimate, row.estimate)) row.estimate = estimate;
  }
  return row.estimate;
}

/** This instance's own part of what is known of a model; null: it has observed nothing that still counts. */
export function ownPart({ rows, author }: EstimateBoard, key: string, now: number): LocalPart | null {
  const row = rows.get(key);
  return row === undefined ? null : partOf(row.own, author, now);
}

/** Puts what the other instances tell in the place of what they told before; of what is stored the newer part counts. */
export function mergeTold(board: EstimateBoard, key: string, told: readonly RemotePart[], now: number): void {
  const row = rowOf(board, key);
  row.stored = row.stored.filter(({ writtenAtMs }) => writtenAtMs > now - TRACK_MS);
  const parts = told.flatMap(({ row: numbers, ageMs }) => toPart(numbers, now - ageMs));
  row.others ??= openTrack();
  sumParts(row.others, [...row.stored, ...parts], board.author, now);
  row.readUntilMs = -Infinity;
}

/** Takes up the parts of a model that the database keeps, its own author's of a former life included. */
export function restore(board: EstimateBoard, key: string, stored: readonly RemotePart[], now: number): void {
  const row = rowOf(board, key);
  row.stored = stored.flatMap(({ row: numbers, ageMs }) => toPart(numbers, now - ageMs));
  mergeTold(board, key, [], now);
}

/** The models of which there is something to tell; from then on it counts as told. */
export function takeUnsent({ rows }: EstimateBoard): string[] {
  const keys: string[] = [];
  for (const [key, row] of rows) {
    if (!row.isUnsent) continue;
    row.isUnsent = false;
    keys.push(key);
  }
  return keys;
}

/** What is to be written down; from then on it counts as written, until `markUnsaved` says otherwise. */
export function takeUnsaved(board: EstimateBoard, now: number): Unsaved[] {
  const unsaved: Unsaved[] = [];
  for (const [key, row] of board.rows) {
    if (!row.isUnsaved) continue;
    row.isUnsaved = false;
    unsaved.push({ key, part: ownPart(board, key, now), liveSuccessAtMs: row.liveSuccessAtMs });
  }
  return unsaved;
}

/** What was taken could not be written: it is to be, with what comes meanwhile. */
export function markUnsaved({ rows }: EstimateBoard, unsaved: readonly Unsaved[]): void {
  for (const { key } of unsaved) {
    const row = rows.get(key);
    if (row !== undefined) row.isUnsaved = true;
  }
}

/** Forgets models of which nothing counts any more, unless there is something to be written. */
export function forgetFaded({ rows }: EstimateBoard, now: number): void {
  const horizon = slotOf(now - TRACK_MS);
  for (const [key, { own, others, isUnsaved }] of rows) {
    const newest = Math.max(own.newest, others?.newest ?? -Infinity);
    if (newest < horizon && !isUnsaved) rows.delete(key);
  }
}

function toPart(row: RemotePart['row'], writtenAtMs: number): Part[] {
  const author = authorOf(row);
  return Number.isNaN(author) ? [] : [{ author, row, writtenAtMs }];
}

function rowOf({ rows }: EstimateBoard, key: string): ModelRow {
  let row = rows.get(key);
  if (row === undefined) {
    row = {
      ...{ own: openTrack(), others: null, stored: [], estimate: asExpected, readUntilMs: -Infinity },
      ...{ isUnsent: false, isUnsaved: false, liveSuccessAtMs: -Infinity },
    };
    rows.set(key, row);
  }
  return row;
}
