import { NotFoundError, RETRY_SOON_MS, UnavailableError } from '../system/expected-error.ts';

/** What went wrong in the database, as far as a caller can act on it. */
export type StorageFault =
  /** A named constraint, unique index, foreign key or guarding trigger refused a write. */
  | { readonly kind: 'constraint'; readonly constraint: string }
  /** Not reachable, lost, shutting down, exhausted or too slow. Whether a COMMIT under way succeeded is unknown. */
  | { readonly kind: 'unavailable' }
  /** A lock was not granted within the transaction's `lock_timeout`; nothing was written. */
  | { readonly kind: 'lock_timeout' }
  /** Lost to a concurrent transaction (serialization failure or deadlock); nothing was written. */
  | { readonly kind: 'serialization' }
  | { readonly kind: 'other' };

/** What Prisma's adapter tells of an error of the driver. */
interface AdapterCause {
  readonly kind: string;
  /** The SQLSTATE, when the database itself answered. */
  readonly originalCode?: string;
  readonly originalMessage?: string;
  readonly constraint?: { readonly index?: string };
}

/**
 * SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html): connection exceptions, insufficient
 * resources, operator intervention, system errors; a server that became a read-only replica; credentials or a
 * database that were right at the start and are being changed; tables, functions and rights that were there then and
 * are gone, as while a copy is put back.
 */
const AWAY_STATES = /^(08...|53...|57P..|57014|58...|25006|28...|3D000|3F000|42P01|42883|42501|55000)$/;

const AWAY_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
]);

/** Prisma's own: server not reached, timed out, closed; pool exhausted; transaction not started or expired. */
const AWAY_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028']);

/** Of sockets, as the adapter hands them on: no way there, several addresses at once, or a lack of our own. */
const AWAY_SOCKET_CODES = new Set(
  `ECONNREFUSED ECONNRESET ECONNABORTED ETIMEDOUT ENOTFOUND EPIPE EAI_AGAIN EHOSTUNREACH EHOSTDOWN ENETUNREACH
  ENETDOWN EADDRNOTAVAIL EMFILE ENFILE ENOBUFS`.split(/\s+/),
);

/** The driver's errors of lost connections carry no code. */
const AWAY_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Cannot use a pool after calling end|Query read timeout|the database fell silent|the embedded database has ended)/;

/** Classifies an error that the Prisma client threw, or `orUnavailable` made of one. */
export function storageFault(error: unknown): StorageFault {
  if (error instanceof UnavailableError) return { kind: 'unavailable' };
  if (!(error instanceof Error)) return { kind: 'other' };
  const cause = causeOf(error);
  if (cause !== undefined) return faultOfCause(cause);
  const { code } = error as { code?: unknown };
  if (code === 'P2034') return { kind: 'serialization' };
  const isAwayCode = typeof code === 'string' && (AWAY_PRISMA_CODES.has(code) || AWAY_SOCKET_CODES.has(code));
  return { kind: isAwayCode || AWAY_MESSAGES.test(error.message) ? 'unavailable' : 'other' };
}

/** The SQLSTATE of such an error; null when it is not the database that answered. */
export function sqlStateOf(error: unknown): string | null {
  return (error instanceof Error ? causeOf(error)?.originalCode : undefined) ?? null;
}

/** The refusal that an error means to a caller when the same work may succeed later; undefined when it may not. */
export function asUnavailable(error: unknown): UnavailableError | undefined {
  if (error instanceof UnavailableError) return error;
  const { kind } = storageFault(error);
  if (kind === 'constraint' || kind === 'other') return undefined;
  return new UnavailableError('The database is not available at the moment.', RETRY_SOON_MS, error);
}

/**
 * What it means to a caller that a row which must be there is not (P2025): it was, when what leads to it was read a
 * moment ago. Undefined: the error is another one.
 */
export function asNotFound(error: unknown): NotFoundError | undefined {
  const isGone = error instanceof Error && (error as { code?: unknown }).code === 'P2025';
  return isGone ? new NotFoundError('It is not there any more.', { cause: error }) : undefined;
}

/**
 * Does work that needs the database. Throws UnavailableError when the same work may succeed later: the database is
 * away, or a concurrent transaction was in the way.
 */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asUnavailable(error) ?? error;
  }
}

/** What the adapter tells of an error, whether the adapter threw it or the client; undefined: it has not told. */
export function causeOf(error: Error): AdapterCause | undefined {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: AdapterCause } } };
  return meta?.driverAdapterError?.cause ?? (isAdapterCause(error.cause) ? error.cause : undefined);
}

function isAdapterCause(cause: unknown): cause is AdapterCause {
  return typeof cause === 'object' && cause !== null && 'kind' in cause;
}

function faultOfCause(cause: AdapterCause): StorageFault {
  const { originalCode: state = '', originalMessage: message = '' } = cause;
  if (state.startsWith('23')) {
    const constraint = cause.constraint?.index ?? /constraint "([^"]+)"/.exec(message)?.[1];
    return constraint === undefined ? { kind: 'other' } : { kind: 'constraint', constraint };
  }
  if (state === '55P03') return { kind: 'lock_timeout' };
  if (state === '40001' || state === '40P01') return { kind: 'serialization' };
  return { kind: AWAY_STATES.test(state) || AWAY_KINDS.has(cause.kind) ? 'unavailable' : 'other' };
}
