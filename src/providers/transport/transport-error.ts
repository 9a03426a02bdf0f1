/** What went wrong between us and a provider below or beside HTTP; the message names causes, never contents. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** CONNECTION: no response began. MALFORMED: it broke off, or cannot be read as one. */
  readonly failureClass: 'CONNECTION' | 'MALFORMED';
  /** The response's status when its body broke off. */
  readonly httpStatus: number | undefined;
  constructor(failureClass: 'CONNECTION' | 'MALFORMED', message: string, httpStatus?: number) {
    super(message);
    this.failureClass = failureClass;
    this.httpStatus = httpStatus;
  }
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
