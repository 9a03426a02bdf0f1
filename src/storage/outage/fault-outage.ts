import type { Log, LogFields } from '../../system/log.ts';
import { createOutage, type OutageMessages } from '../../system/outage.ts';
import { isOutage, reasonOfOutage } from './presence.ts';

/** Whether something fails that needs the database, again and again. */
export interface FaultOutage {
  begin(error: unknown, fields?: LogFields): void;
  end(fields?: LogFields): void;
  isOn(): boolean;
}

/**
 * Tells the log that something fails which needs the database, with its stack, and of its end: once each. While the
 * database is away nothing is told but to whoever looks closer: of that the database itself tells (`DatabaseOutage`).
 */
export function createFaultOutage(log: Log, messages: OutageMessages): FaultOutage {
  const closer: Log['debug'] = (message, fields) => log.debug(message, fields);
  const fault = createOutage(log, messages);
  const away = createOutage({ debug: closer, info: closer, warn: closer, error: closer }, messages);
  return {
    begin(error, fields = {}) {
      if (isOutage(error)) away.begin({ ...fields, reason: reasonOfOutage(error) });
      else fault.begin({ ...fields, err: error });
    },
    end(fields) {
      away.end(fields);
      fault.end(fields);
    },
    isOn: () => away.isOn() || fault.isOn(),
  };
}
