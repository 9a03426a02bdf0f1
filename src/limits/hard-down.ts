import { modelKey } from '../providers/model-key.ts';
import { MAX_RETRY_AFTER_MS } from '../providers/parse-retry-after.ts';

/** For how long a provider or model stays away that has refused for good: a bad key, no such model, no money. */
export const HARD_DOWN_MS = 30 * 60_000;

/** For how long a lift is remembered: as long as anything that it undoes, a cool-down included, could last. */
export const LIFT_MS = Math.max(HARD_DOWN_MS, MAX_RETRY_AFTER_MS);

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

/** Someone found a scope well again; undoes what was met before. */
export interface Lift {
  readonly atMs: number;
  readonly untilMs: number;
}

/** What one instance knows of a scope itself. */
export interface ScopeKnowledge {
  readonly down: HardDown | null;
  readonly lift: Lift | null;
}

/** What this instance knows itself, what each of the others does, and what comes of all that. By scope names. */
export interface HardDowns {
  readonly local: Map<string, ScopeKnowledge>;
  readonly remote: Map<string, readonly ScopeKnowledge[]>;
  readonly inForce: Map<string, HardDown>;
}

const ignorance: ScopeKnowledge = { down: null, lift: null };

/** Nothing is down. */
export function openHardDowns(): HardDowns {
  return { local: new Map(), remote: new Map(), inForce: new Map() };
}

/** Marks a scope; a later end that is known already stays. */
export function mark(downs: HardDowns, name: string, down: HardDown): void {
  const known = downs.inForce.get(name);
  const untilMs = Math.max(down.untilMs, known?.catalogVersion === down.catalogVersion ? known.untilMs : 0);
  const { lift } = downs.local.get(name) ?? ignorance;
  downs.local.set(name, { down: { ...down, untilMs }, lift });
  settle(downs, name);
}

/** Lifts a scope, whoever marked it. */
export function lift(downs: HardDowns, name: string, now: number): void {
  downs.local.set(name, { down: null, lift: { atMs: now, untilMs: now + LIFT_MS } });
  settle(downs, name);
}

/** Puts what other instances know of a scope in the place of what they knew before. */
export function replaceRemote(downs: HardDowns, name: string, remote: readonly ScopeKnowledge[]): void {
  if (remote.length === 0) downs.remote.delete(name);
  else downs.remote.set(name, remote);
  settle(downs, name);
}

/** When a scope was last lifted; -Infinity: never, or so long ago that it does not matter any more. */
export function liftedAtMs({ local, remote }: HardDowns, name: string): number {
  const remotely = (remote.get(name) ?? []).map((known) => known.lift?.atMs ?? -Infinity);
  return Math.max(local.get(name)?.lift?.atMs ?? -Infinity, ...remotely);
}

/** Milliseconds for which a scope is down under this version of the catalog; 0: it is not. */
export function downMs(downs: HardDowns, name: string, catalogVersion: number, now: number): number {
  const down = downs.inForce.get(name);
  return down === undefined || catalogVersion > down.catalogVersion ? 0 : Math.max(0, down.untilMs - now);
}

/** Drops what has ended, or belongs to an earlier catalog. */
export function forgetEnded(downs: HardDowns, catalogVersion: number, now: number): void {
  const holding = ({ down, lift }: ScopeKnowledge): ScopeKnowledge | null => {
    const held = {
      down: down !== null && down.untilMs > now && down.catalogVersion >= catalogVersion ? down : null,
      lift: lift !== null && lift.untilMs > now ? lift : null,
    };
    return held.down === null && held.lift === null ? null : held;
  };
  for (const [name, known] of downs.local) {
    const held = holding(known);
    if (held === null) downs.local.delete(name);
    else downs.local.set(name, held);
  }
  for (const [name, known] of downs.remote) {
    const held = known.flatMap((one) => holding(one) ?? []);
    if (held.length === 0) downs.remote.delete(name);
    else downs.remote.set(name, held);
  }
  for (const name of downs.inForce.keys()) settle(downs, name);
}

/**
 * Drops what was met under later catalogs than this one, which has taken their place: an older copy of the database. Its
 * changes will have their numbers again. Returns the names of what this instance knew so itself.
 */
export function forgetLater(downs: HardDowns, catalogVersion: number): readonly string[] {
  const isLater = ({ down }: ScopeKnowledge) => down !== null && down.catalogVersion > catalogVersion;
  const own = [...downs.local].filter(([, known]) => isLater(known)).map(([name]) => name);
  for (const name of own) downs.local.set(name, { lift: downs.local.get(name)?.lift ?? null, down: null });
  for (const [name, known] of downs.remote) {
    const without = known.map((one) => (isLater(one) ? { ...one, down: null } : one));
    downs.remote.set(name, without);
  }
  for (const name of [...downs.inForce.keys()]) settle(downs, name);
  return own;
}

/** Of what no lift has undone, the latest catalog's latest end holds. */
function settle(downs: HardDowns, name: string): void {
  const lifted = liftedAtMs(downs, name);
  let held: HardDown | null = null;
  for (const { down } of [downs.local.get(name) ?? ignorance, ...(downs.remote.get(name) ?? [])]) {
    if (down === null || down.markedAtMs <= lifted) continue;
    if (held === null || outlasts(down, held)) held = down;
  }
  if (held === null) downs.inForce.delete(name);
  else downs.inForce.set(name, held);
}

function outlasts(one: HardDown, other: HardDown): boolean {
  return one.catalogVersion === other.catalogVersion
    ? one.untilMs > other.untilMs
    : one.catalogVersion > other.catalogVersion;
}
