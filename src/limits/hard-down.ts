import { modelKey } from '../providers/model-key.ts';

/** For how long a provider or model stays away that has refused for good: a bad key, no such model, no money. */
export const hardDownMs = 30 * 60_000;

/** What is down: one model, or with `modelSlug` null every model of its provider. */
export interface HardDownScope {
  readonly providerSlug: string;
  readonly modelSlug: string | null;
}

/** A scope's name: the model's key, or the provider's slug, which has no slash. */
export function scopeName({ providerSlug, modelSlug }: HardDownScope): string {
  return modelSlug === null ? providerSlug : modelKey(providerSlug, modelSlug);
}

/** A scope that is down. Instants are of this instance's monotonic clock. */
export interface HardDown {
  readonly markedAtMs: number;
  readonly untilMs: number;
  /** The catalog it was met under: with a later one it may be well again, a key or a name corrected. */
  readonly catalogVersion: number;
}

/** Someone found a scope well again; undoes what was marked before. Kept for as long as what it undoes could last. */
export interface Lift {
  readonly atMs: number;
  readonly untilMs: number;
}

/** A hard-down of another instance's. */
export interface NamedHardDown extends HardDown {
  readonly name: string;
}

/** What this instance has marked and lifted, what others have, and what comes of all that. By scope names. */
export interface HardDowns {
  readonly own: Map<string, HardDown>;
  readonly lifts: Map<string, Lift>;
  told: readonly NamedHardDown[];
  toldLifts: ReadonlyMap<string, number>;
  readonly inForce: Map<string, HardDown>;
}

/** Nothing is down. */
export function openHardDowns(): HardDowns {
  return { own: new Map(), lifts: new Map(), told: [], toldLifts: new Map(), inForce: new Map() };
}

/** Marks a scope; a later end that is known already stays. */
export function mark(downs: HardDowns, name: string, down: HardDown): void {
  const known = downs.inForce.get(name);
  const untilMs = Math.max(down.untilMs, known?.catalogVersion === down.catalogVersion ? known.untilMs : 0);
  downs.own.set(name, { ...down, untilMs });
  settle(downs);
}

/** Lifts a scope, whoever marked it. */
export function lift(downs: HardDowns, name: string, now: number): void {
  const untilMs = Math.max(now + hardDownMs, downs.inForce.get(name)?.untilMs ?? 0);
  downs.own.delete(name);
  downs.lifts.set(name, { atMs: now, untilMs });
  settle(downs);
}

/** Puts what other instances know in the place of what they told before; `lifts` are instants by scope names. */
export function learnHardDowns(
  downs: HardDowns,
  told: readonly NamedHardDown[],
  lifts: ReadonlyMap<string, number>,
): void {
  downs.told = told;
  downs.toldLifts = lifts;
  settle(downs);
}

/** Milliseconds for which a scope is down under this version of the catalog; 0: it is not. */
export function downMs(downs: HardDowns, name: string, catalogVersion: number, now: number): number {
  const down = downs.inForce.get(name);
  return down === undefined || catalogVersion > down.catalogVersion ? 0 : Math.max(0, down.untilMs - now);
}

/** Drops what has ended, or belongs to an earlier catalog. */
export function forgetEnded(downs: HardDowns, catalogVersion: number, now: number): void {
  for (const [name, { untilMs, catalogVersion: version }] of downs.own) {
    if (untilMs <= now || version < catalogVersion) downs.own.delete(name);
  }
  for (const [name, { untilMs }] of downs.lifts) if (untilMs <= now) downs.lifts.delete(name);
  downs.told = downs.told.filter(({ untilMs }) => untilMs > now);
  settle(downs);
}

/** Of what no lift has undone, the latest catalog's latest end holds. */
function settle({ own, lifts, told, toldLifts, inForce }: HardDowns): void {
  inForce.clear();
  const consider = (name: string, down: HardDown): void => {
    const liftedAtMs = Math.max(lifts.get(name)?.atMs ?? -Infinity, toldLifts.get(name) ?? -Infinity);
    if (down.markedAtMs <= liftedAtMs) return;
    const known = inForce.get(name);
    if (known === undefined || outlasts(down, known)) inForce.set(name, down);
  };
  for (const [name, down] of own) consider(name, down);
  for (const down of told) consider(down.name, down);
}

function outlasts(one: HardDown, other: HardDown): boolean {
  return one.catalogVersion === other.catalogVersion
    ? one.untilMs > other.untilMs
    : one.catalogVersion > other.catalogVersion;
}
