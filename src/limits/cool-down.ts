import { MAX_RETRY_AFTER_MS } from '../providers/parse-retry-after.ts';

/** How long a model cools after a 429 that does not say, and what 429s that follow each other double it to. */
export const FIRST_COOL_DOWN_MS = 5_000;
export const LONGEST_UNASKED_COOL_DOWN_MS = 60_000;

/**
 * A pause that a provider asked for. What was sent before it began says nothing of what follows. Instants are of this
 * instance's monotonic clock, whole milliseconds.
 */
export interface CoolDown {
  readonly beganAtMs: number;
  readonly untilMs: number;
}

/** The pauses of one model. */
export interface Cooling {
  /** The cool-down that this instance met last, and of those that others met the one that ends last. */
  local: CoolDown;
  remote: CoolDown;
  /** The last cool-down that nobody asked for; 0: a call has succeeded since. */
  backOffMs: number;
  /** When the last call was sent that succeeded, or the model was found well: rows of 429s before that are over. */
  wellAtMs: number;
}

const none: CoolDown = { beganAtMs: -Infinity, untilMs: -Infinity };

/** It has never cooled. */
export function openCooling(): Cooling {
  return { local: none, remote: none, backOffMs: 0, wellAtMs: -Infinity };
}

/** A provider asked for a pause: begins or prolongs it and returns by how many milliseconds its end has moved. */
export function coolDown(cooling: Cooling, askedMs: number | null, now: number): number {
  const formerEnd = endOf(cooling);
  // A provider that asks for nothing would be asked again at once.
  const asked = askedMs !== null && askedMs > 0 ? Math.min(askedMs, MAX_RETRY_AFTER_MS) : null;
  if (asked === null) cooling.backOffMs = nextBackOff(cooling, now);
  const untilMs = Math.max(cooling.local.untilMs, now + (asked ?? cooling.backOffMs));
  cooling.local = { beganAtMs: now, untilMs };
  return endOf(cooling) - Math.max(formerEnd, now);
}

/** Calls that were under way together are refused together, which is one refusal and not several in a row. */
function nextBackOff(cooling: Cooling, now: number): number {
  const end = endOf(cooling);
  if (cooling.backOffMs === 0 || now >= end + LONGEST_UNASKED_COOL_DOWN_MS) return FIRST_COOL_DOWN_MS;
  return now < end ? cooling.backOffMs : Math.min(LONGEST_UNASKED_COOL_DOWN_MS, 2 * cooling.backOffMs);
}

/** A call that was sent then succeeded: a row of 429s is over, unless the last of them came later. */
export function noteWell(cooling: Cooling, sentAtMs: number): void {
  cooling.wellAtMs = Math.max(cooling.wellAtMs, sentAtMs);
  if (sentAtMs >= Math.max(cooling.local.beganAtMs, cooling.remote.beganAtMs)) cooling.backOffMs = 0;
}

/** The model was found well at an instant (-Infinity: never): pauses that began by then are over. */
export function liftCoolDowns(cooling: Cooling, atMs: number): void {
  if (atMs === -Infinity) return;
  if (cooling.local.beganAtMs <= atMs) cooling.local = none;
  if (cooling.remote.beganAtMs <= atMs) cooling.remote = none;
  noteWell(cooling, atMs);
}

/** What another instance has met of a model that cools. */
export interface RemoteCoolDown extends CoolDown {
  /** The last cool-down there that nobody asked for; 0: none. */
  readonly backOffMs: number;
}

/** Puts the cool-downs that other instances have met in the place of what is known of them; the latest end counts. */
export function replaceRemoteCoolDowns(cooling: Cooling, remote: readonly RemoteCoolDown[]): void {
  cooling.remote = remote.reduce<CoolDown>(
    (last, { beganAtMs, untilMs }) => (untilMs > last.untilMs ? { beganAtMs, untilMs } : last),
    none,
  );
  for (const { beganAtMs, backOffMs } of remote) {
    if (beganAtMs > cooling.wellAtMs) cooling.backOffMs = Math.max(cooling.backOffMs, backOffMs);
  }
}

/** Milliseconds for which the model cools; 0: it does not. */
export function coolingMs(cooling: Cooling, now: number): number {
  return Math.max(0, endOf(cooling) - now);
}

/** Whether the next 429 would be no part of a row any more, so that this may be forgotten. */
export function isCool(cooling: Cooling, now: number): boolean {
  return now >= endOf(cooling) + LONGEST_UNASKED_COOL_DOWN_MS;
}

function endOf({ local, remote }: Cooling): number {
  return Math.max(local.untilMs, remote.untilMs);
}
