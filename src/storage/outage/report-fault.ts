import type { Log, LogFields } from '../../system/log.ts';
import { isOutage, reasonOfOutage } from './presence.ts';

/**
 * Tells the log that something failed which needs the database: with its stack, unless that is part of an outage. Of
 * those the database itself tells, once for everybody (`DatabaseOutage`), and this is for whoever looks closer.
 */
export function reportFault(log: Log, message: string, error: unknown, fields: LogFields = {}): void {
  if (isOutage(error)) log.debug(message, { ...fields, reason: reasonOfOutage(error) });
  else log.warn(message, { ...fields, err: error });
}
