import { forgetEnded, openHardDowns, type HardDowns } from './hard-down.ts';
import { isForgettable, openModelLimit, type ModelLimit } from './model-limit.ts';
import { openProviderMinute, type ProviderMinute } from './provider-minute.ts';
import { isIdle } from './quota.ts';

/** All that this instance knows of the limits of providers. */
export interface LimitBoard {
  /** By key. */
  readonly models: Map<string, ModelLimit>;
  /** By slug: those of which an operator limits the use. */
  readonly minutes: Map<string, ProviderMinute>;
  readonly hardDowns: HardDowns;
}

/** The moment at which the board is read: of the monotonic clock, whole milliseconds, never decreasing. */
export interface BoardMoment {
  readonly now: number;
  readonly catalogVersion: number;
}

/** A board of an instance that has not called anybody yet. */
export function openLimitBoard(): LimitBoard {
  return { models: new Map(), minutes: new Map(), hardDowns: openHardDowns() };
}

/** The entry of a model, made when there is none. */
export function modelOf(board: LimitBoard, key: string): ModelLimit {
  let model = board.models.get(key);
  if (model === undefined) board.models.set(key, (model = openModelLimit()));
  return model;
}

/** The minute of a provider, made when there is none. */
export function minuteOf(board: LimitBoard, slug: string): ProviderMinute {
  let minute = board.minutes.get(slug);
  if (minute === undefined) board.minutes.set(slug, (minute = openProviderMinute()));
  return minute;
}

/** Drops what no call can depend on any more. */
export function forget(
  { models, minutes, hardDowns }: LimitBoard,
  { now, catalogVersion }: BoardMoment,
): void {
  for (const [key, model] of models) if (isForgettable(model, now)) models.delete(key);
  for (const [slug, { window }] of minutes) if (isIdle(window, now)) minutes.delete(slug);
  forgetEnded(hardDowns, catalogVersion, now);
}

/** Visits the key of every model and the slug of every provider of which `measure` may tell anything; some twice. */
export function eachKnown(
  { models, minutes, hardDowns }: LimitBoard,
  visit: (keyOrSlug: string) => void,
): void {
  for (const key of models.keys()) visit(key);
  for (const slug of minutes.keys()) visit(slug);
  for (const name of hardDowns.inForce.keys()) visit(name);
}
