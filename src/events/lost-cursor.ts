import { CursorExpiredError } from '../system/expected-error.ts';

/**
 * Nothing stands at a cursor: it is of rows that have gone, because an older copy of the database took its place or
 * somebody deleted them. What follows it can then not be told, though its number may be in use again.
 */
export function lostCursor(): CursorExpiredError {
  return new CursorExpiredError(
    'There is nothing here (any more) that this cursor stands for: begin anew without it.',
  );
}
