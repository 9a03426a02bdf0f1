import type { Log, LogFields } from '../../../src/system/log.ts';

/** A log that keeps what is wrong, with its fields as they came, and forgets the rest. */
export interface ErrorLog extends Log {
  readonly errors: { readonly message: string; readonly fields: LogFields }[];
}

/** One without errors. */
export function createErrorLog(): ErrorLog {
  const errors: ErrorLog['errors'] = [];
  const ignore = () => undefined;
  return {
    ...{ errors, debug: ignore, info: ignore, warn: ignore },
    error: (message, fields = {}) => void errors.push({ message, fields }),
  };
}
