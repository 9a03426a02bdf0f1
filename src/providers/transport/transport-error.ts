/**
 * CONNECTION: no response began. MALFORMED: it broke off, or cannot be read as one. INTERNAL: nothing was sent. AUTH:
 * nothing was sent for want of a credential that can be used.
 */
type TransportFailureClass = 'CONNECTION' | 'MALFORMED' | 'INTERNAL' | 'AUTH';

/** What went wrong between us and a provider below or beside HTTP; the message names causes, never contents. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly failureClass: TransportFailureClass;
  /** The response's status when its body broke off. */
  readonly httpStatus: number | undefined;
  constructor(failureClass: TransportFailureClass, message: string, httpStatus?: number) {
    super(message);
    this.failureClass = failureClass;
    this.httpStatus = httpStatus;
  }
}

/** Codes of errors that say nothing about a provider: we have run out of something, are stopping, or erred. */
const ownCodes = new Set([
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'ENOMEM',
  'ENOBUFS',
  'EAI_MEMORY',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
  'UND_ERR_INVALID_ARG',
]);

/** Whether a connection failed for want of sockets, descriptors or memory of our own. One such address says it. */
export function isOwnLack(error: Error): boolean {
  const attempts: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return attempts.some((attempt) => ownCodes.has(codeOf(attempt)));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The TransportError that `error` is or was caused by, or undefined. */
export function findTransportError(error: unknown): TransportError | undefined {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth += 1
  ) {
    if (current instanceof TransportError) return current;
  }
  return undefined;
}
