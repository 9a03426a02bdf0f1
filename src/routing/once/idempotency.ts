import type { CallEnd } from '../act/execution.ts';
import { NOT_KEPT } from '../record/key-settlement.ts';
import type { RouteRequest } from '../request/request.ts';

// At most one answer or refusal of a request per key and tenant: the first call with a key holds it and acts, the
// others wait for what it comes to.
//
// | under the key, by the database's clock  | its input | time left | a call                                       |
// |-----------------------------------------|-----------|-----------|----------------------------------------------|
// | nothing, or what has expired            | any       | any       | claims it; of several one wins, and acts     |
// | a call under way, or a result           | another   | any       | is refused: Conflict                         |
// | a result                                | the same  | any       | answers with it; Conflict: it was not kept   |
// | a call under way                        | the same  | some      | waits, and looks again                       |
// | a call under way                        | the same  | none      | gives up, with the decision it waited for    |
//
// | the holder                              | leaves under the key                                             |
// |-----------------------------------------|------------------------------------------------------------------|
// | got an answer, or its request refused   | the result, or that it is not kept, until its retention ends     |
// | ended otherwise                         | nothing                                                          |
// | was never heard of again                | its lease, which ends some time after its deadline               |

/** How much longer than its call's deadline a lease lasts: by then, whoever lives has recorded an end. */
export const LEASE_MARGIN_MS = 60_000;

/** How long repeats are answered with a result. */
export const RESULT_RETENTION_MS = 24 * 60 * 60_000;

/** What was found under a key. */
export interface StoredKey {
  /** Lower-case hexadecimal. */
  readonly inputSha256: string;
  /** The decision of the call that holds the key, or of the one that left the result. */
  readonly decisionId: string;
  /** Null while the holder is under way. */
  readonly result: string | null;
  /** Until the lease or the result expires; not positive when it has. */
  readonly remainingMs: number;
}

/** What a call does next about its key. */
export type KeyStep =
  | { readonly kind: 'claim' | 'conflict' }
  | { readonly kind: 'replay'; readonly decisionId: string; readonly result: string }
  | { readonly kind: 'wait' | 'give_up'; readonly holder: StoredKey };

/** The table above: what to do about what was found, if anything. */
export function nextStep(found: StoredKey | null, inputSha256: string, timeLeftMs: number): KeyStep {
  if (found === null || found.remainingMs <= 0) return { kind: 'claim' };
  if (found.inputSha256 !== inputSha256) return { kind: 'conflict' };
  const { decisionId, result } = found;
  if (result !== null) return { kind: 'replay', decisionId, result };
  return { kind: timeLeftMs > 0 ? 'wait' : 'give_up', holder: found };
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/** How long to wait before the next look at a key that another instance's call holds, after so many looks. */
export function pauseMs(looks: number, timeLeftMs: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** looks, LONGEST_PAUSE_MS, timeLeftMs);
}

type KeptEnd = Extract<CallEnd, { kind: 'answered' | 'voted' | 'refused' }>;

/** Characters of a result that is kept: several times what the largest output budgets allow for text. */
export const MAX_KEPT_CHARACTERS = 1_000_000;

/** The text that is kept of an end that repeats are answered with, or of one too large for it; null: the end frees the key. */
export function encodeResult(end: CallEnd): string | null {
  if (end.kind !== 'answered' && end.kind !== 'voted' && end.kind !== 'refused') return null;
  const result = JSON.stringify(end satisfies KeptEnd);
  return result.length <= MAX_KEPT_CHARACTERS ? result : NOT_KEPT;
}

/** The end that `encodeResult` wrote; null: it was not kept. */
export function decodeResult(result: string): CallEnd | null {
  return result === NOT_KEPT ? null : (JSON.parse(result) as KeptEnd);
}

/**
 * The text whose digest says whether two requests are the same: everything but the key. Objects are in order of
 * their keys, because not every client's JSON keeps one; what is absent is left out, so that a release that knows
 * more fields says the same of a request that has none of them. A vote, by its number of `voters`, is another request
 * than a call.
 */
export function canonicalInput({ idempotencyKey: _, ...request }: RouteRequest, voters?: number): string {
  const present = Object.entries(request).filter(([, value]) => value !== null);
  const text = JSON.stringify(Object.fromEntries(present), inOrderOfKeys);
  return voters === undefined ? text : `vote:${voters}:${text}`;
}

function inOrderOfKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
