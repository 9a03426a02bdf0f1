import { causeOf, sqlStateOf, storageFault } from '../storage-fault.ts';

/**
 * What an error says of the database's presence.
 *
 * | presence  | the database                                        | it is back when                       |
 * |-----------|-----------------------------------------------------|---------------------------------------|
 * | `there`   | answered, as far as it concerns others              | –                                     |
 * | `away`    | serves nobody: cannot be reached, or takes nobody   | any statement succeeds                |
 * | `partial` | serves some: reads of a copy, or while its disk is full | a statement that failed succeeds  |
 * | `unknown` | was not asked, or has not said                      | –                                     |
 */
export type Presence = 'there' | 'away' | 'partial' | 'unknown';

/**
 * By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html): connection exceptions, no more
 * sessions, starting up or shutting down, credentials or a database that are not right any more.
 */
const SERVES_NOBODY = /^(08...|53300|57P..|28...|3D000)$/;

/** A statement was cancelled, be it for taking too long: which says nothing of others. */
const CANCELLED = '57014';

/** Judges an error of a statement, as the adapter or the client threw it. */
export function presenceIn(error: unknown): Presence {
  const state = sqlStateOf(error);
  if (storageFault(error).kind !== 'unavailable') return state === null ? 'unknown' : 'there';
  if (state === CANCELLED) return 'there';
  return state === null || SERVES_NOBODY.test(state) ? 'away' : 'partial';
}

/** Whether an error is part of an outage, which the database's own line in the log tells of. */
export function isOutage(error: unknown): boolean {
  const presence = presenceIn(error);
  return presence === 'away' || presence === 'partial';
}

/** The most that is told of an error's own words. */
const MOST_CHARACTERS = 300;

/** An outage's error in a few words, without its stack. */
export function reasonOfOutage(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, MOST_CHARACTERS);
  const { originalCode, originalMessage, kind } = causeOf(error) ?? {};
  const { code } = error as { readonly code?: unknown };
  // The client puts what it was doing before what has happened.
  const words = (originalMessage ?? error.message).trim().split('\n').at(-1)?.trim() ?? '';
  const said = words.slice(0, MOST_CHARACTERS) || kind || 'no words';
  const state = originalCode ?? (typeof code === 'string' ? code : null);
  return state === null || said.includes(state) ? said : `${state}: ${said}`;
}
