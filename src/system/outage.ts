import type { Log, LogFields } from './log.ts';

/** Whether something is away. The log is told when that begins and when it ends, however often it is met meanwhile. */
export interface Outage {
  /** It did not work. */
  begin(fields: LogFields): void;
  /** It worked, now or again. */
  end(fields?: LogFields): void;
  isOn(): boolean;
}

/** What the log is told of an outage: a warning when it begins, and that it has ended. */
export interface OutageMessages {
  readonly begun: string;
  readonly ended: string;
}

/** Everything works, until it is said not to. */
export function createOutage(log: Log, { begun, ended }: OutageMessages): Outage {
  let isOn = false;
  return {
    begin(fields) {
      if (!isOn) log.warn(begun, fields);
      isOn = true;
    },
    end(fields) {
      if (isOn) log.info(ended, fields);
      isOn = false;
    },
    isOn: () => isOn,
  };
}
