import { boundIssues, type InputIssue } from './input/issues.ts';
import { showText } from './input/printable.ts';

/** Characters of an error's own words at most, whatever they quote. */
const MESSAGE_CHARACTERS = 2_000;

/**
 * A refusal that the caller can act on, thrown from services to the edge, which shows `message` to the client.
 * Anything else that is thrown is a bug: masked, and logged with its stack.
 */
export abstract class ExpectedError extends Error {
  abstract readonly code:
    | 'INVALID_INPUT'
    | 'NOT_FOUND'
    | 'CONFLICT'
    | 'FORBIDDEN'
    | 'UNAVAILABLE'
    | 'UNAUTHENTICATED'
    | 'RATE_LIMITED'
    | 'CURSOR_EXPIRED'
    | 'SLOW_CONSUMER';
  constructor(message: string, options?: ErrorOptions) {
    super(showText(message, MESSAGE_CHARACTERS), options);
  }
}

/** The input breaks a rule; every broken rule that could be found is named, as far as there is room. */
export class InvalidInputError extends ExpectedError {
  readonly code = 'INVALID_INPUT';
  readonly issues: readonly InputIssue[];
  constructor(issues: readonly InputIssue[]) {
    const shown = boundIssues(issues);
    super(shown.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
    this.issues = shown;
  }
}

/** There is no such thing, or it is another tenant's. */
export class NotFoundError extends ExpectedError {
  readonly code = 'NOT_FOUND';
}

/** The row changed since the caller read it. */
export class ConflictError extends ExpectedError {
  readonly code = 'CONFLICT';
  /** The row's present version or generation. */
  readonly current: number | null;
  /** The row itself, by its GraphQL type and id, so that a client can read it in the same answer. */
  readonly node: { readonly type: string; readonly id: string } | null;
  constructor(message: string, current: number | null, node: ConflictError['node'] = null) {
    super(message);
    this.current = current;
    this.node = node;
  }
}

/** The caller is known and may not do this. */
export class ForbiddenError extends ExpectedError {
  readonly code = 'FORBIDDEN';
}

/** The caller is not known. */
export class UnauthenticatedError extends ExpectedError {
  readonly code = 'UNAUTHENTICATED';
}

/** When to try again where nobody knows how long it takes: most are back by then, or another instance is there. */
export const RETRY_SOON_MS = 1_000;

/** The longest that clients can be told, almost 25 days: a clock that was set back makes such numbers. */
const LONGEST_RETRY_MS = 2 ** 31 - 1;

/** A dependency is away; the same call may succeed later. `cause` is for logs only. */
export class UnavailableError extends ExpectedError {
  readonly code = 'UNAVAILABLE';
  /** Milliseconds after which a retry makes sense. */
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number, cause?: unknown) {
    super(message, { cause });
    this.retryAfterMs = Math.min(retryAfterMs, LONGEST_RETRY_MS);
  }
}

/** The caller has used up what its API key allows within a minute. */
export class RateLimitedError extends ExpectedError {
  readonly code = 'RATE_LIMITED';
  /** Milliseconds until the same call is admitted; null: never under the key's limits. */
  readonly retryAfterMs: number | null;
  constructor(message: string, retryAfterMs: number | null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** What followed the cursor is not kept any more. */
export class CursorExpiredError extends ExpectedError {
  readonly code = 'CURSOR_EXPIRED';
}

/** The caller left what was ready for it waiting for too long. */
export class SlowConsumerError extends ExpectedError {
  readonly code = 'SLOW_CONSUMER';
}
