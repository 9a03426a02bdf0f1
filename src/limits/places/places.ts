import { lastPerSecond, openCallRate, perSecondAt, type CallRate } from './call-rate.ts';
import { isRampOver, openRamp, takeFromRamp, type Ramp } from './ramp.ts';

/**
 * The places for calls of one model: how many are in flight here, and, while it has only just recovered, how many it is
 * given. Instants are of this instance's monotonic clock.
 */
export interface ModelPlaces {
  readonly key: string;
  readonly provider: ProviderPlaces;
  bounds: PlaceBounds;
  inFlight: number;
  /** Calls of this instance that wait for a place. */
  waiting: number;
  /** Calls that were made while its breaker was closed: what is usual. */
  readonly made: CallRate;
  /** Calls that asked for a place lately: what is wanted. */
  readonly asked: CallRate;
  /** Which of its recoveries is the last that is known here: when its breaker closed, by the database's clock. */
  recoveredAt: number | null;
  ramp: Ramp | null;
  /** This instance's calls a second before its last trip. */
  steadyPerSecond: number;
  /** Since when the others know that this instance wants some of its ramp; null: they do not. */
  toldAtMs: number | null;
  /** What the others have told of this recovery. */
  others: readonly RampPart[];
}

/** Those of all models of a provider. */
export interface ProviderPlaces {
  inFlight: number;
  /** Calls of this instance that wait for a place of any of them. */
  waiting: number;
}

/** The catalog's bounds on calls in flight; null: none. */
export interface PlaceBounds {
  /** The version of the catalog that they are read from. */
  readonly version: number;
  readonly model: number | null;
  readonly provider: number | null;
}

/** What an instance tells of a model's recovery. */
export interface RampPart {
  readonly recoveredAt: number;
  readonly beganMs: number;
  readonly steadyPerSecond: number;
  /** Calls that wait, and those that come within a second. */
  readonly demand: number;
  readonly toldAtMs: number;
}

/** A place that somebody has waited for: given back when disposed of, unless a call was made of it. */
export interface HeldPlace extends Disposable {
  readonly key: string;
  /** Hands it to the call that is made of it, which gives it back; false: that was done before. */
  handOver(): boolean;
}

/** How long what is usual is told from. */
const STEADY_WINDOW_MS = 10_000;

const ASKED_WINDOW_MS = 1_000;

/** Demand that nobody has renewed for so long is none. */
const DEMAND_MS = 2_000;

/** So long after an instance has told of its demand all others know of it, and it of theirs. */
export const SETTLED_MS = 300;

/** When to ask again for a place that is given back by somebody, nobody knows when. */
const GIVEN_BACK_MS = 1_000;

/** Places of a model of which nothing is in flight. */
export function openModelPlaces(
  key: string,
  provider: ProviderPlaces,
  { recoveredAt, now }: { readonly recoveredAt: number | null; readonly now: number },
): ModelPlaces {
  return {
    ...{ key, provider, bounds: { version: -1, model: null, provider: null } },
    ...{ inFlight: 0, waiting: 0, recoveredAt, ramp: null, steadyPerSecond: 0, toldAtMs: null, others: [] },
    made: openCallRate(STEADY_WINDOW_MS, now),
    asked: openCallRate(ASKED_WINDOW_MS, now),
  };
}

/** Whether this is news of a recovery: then its ramp has begun. */
export function noteRecovery(model: ModelPlaces, recoveredAt: number | null, now: number): boolean {
  if (model.recoveredAt === recoveredAt) return false;
  model.recoveredAt = recoveredAt;
  if (recoveredAt === null) return false;
  // What it was given on a ramp is not what is usual.
  model.steadyPerSecond =
    model.ramp === null
      ? lastPerSecond(model.made)
      : Math.max(model.steadyPerSecond, lastPerSecond(model.made));
  model.others = [];
  beginRamp(model, now);
  return true;
}

/** Takes up what the others tell, in the place of what they told before. */
export function mergeRampParts(model: ModelPlaces, parts: readonly RampPart[], now: number): void {
  model.others = parts.filter(({ recoveredAt }) => recoveredAt === model.recoveredAt);
  const beganMs = Math.min(...model.others.map((part) => part.beganMs));
  // One that has only just started, or had no use for it so far, joins in.
  if (model.ramp === null && wantedElsewhere(model, now) > 0) beginRamp(model, beganMs);
}

function beginRamp(model: ModelPlaces, beganMs: number): void {
  model.ramp = openRamp(beganMs);
  model.toldAtMs = null;
}

/** Milliseconds until a call might have a place; 0: it has one now, as far as bounds go. */
export function crowdedMs({ inFlight, provider, bounds }: ModelPlaces): number {
  const isFull = inFlight >= (bounds.model ?? Infinity) || provider.inFlight >= (bounds.provider ?? Infinity);
  return isFull ? GIVEN_BACK_MS : 0;
}

/** Takes a call from the model's ramp; 0, or milliseconds until it may be made. */
export function takeFromModel(model: ModelPlaces, isShared: boolean, now: number): number {
  const { ramp } = model;
  if (ramp === null) return 0;
  if (isRampOver(ramp, steadyOf(model), model.waiting > 0 || wantedElsewhere(model, now) > 0, now)) {
    model.ramp = null;
    model.others = [];
    return 0;
  }
  if (isShared) {
    // Until the others know of each other each would take it all.
    const settlesMs = (model.toldAtMs ?? now) + SETTLED_MS - now;
    if (settlesMs > 0) {
      ramp.refusedAtMs = now;
      return settlesMs;
    }
  }
  const own = Math.max(1, demandOf(model, now));
  const share = own / (own + wantedElsewhere(model, now));
  return takeFromRamp(ramp, { steadyPerSecond: steadyOf(model), share }, now);
}

/** Calls that want a place here: those that wait, and those that come within a second. */
export function demandOf(model: ModelPlaces, now: number): number {
  return model.waiting + Math.ceil(perSecondAt(model.asked, now));
}

function wantedElsewhere({ others }: ModelPlaces, now: number): number {
  let demand = 0;
  for (const part of others) if (now - part.toldAtMs < DEMAND_MS) demand += part.demand;
  return demand;
}

/** The fleet's calls a second before the trip, as far as is known. */
function steadyOf({ steadyPerSecond, others }: ModelPlaces): number {
  return others.reduce((sum, part) => sum + part.steadyPerSecond, steadyPerSecond);
}
