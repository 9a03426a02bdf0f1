import type { Log, LogFields } from '../../../src/system/log.ts';

/** A log that a test looks into. */
export interface KeptLog extends Log {
  /** `level: message`, oldest first. */
  readonly lines: readonly string[];
  /** The fields of the same lines as JSON. */
  readonly fields: readonly string[];
}

/** Keeps everything that is logged. */
export function createKeptLog(): KeptLog {
  const lines: string[] = [];
  const texts: string[] = [];
  const write = (level: string) => (message: string, fields?: LogFields) => {
    lines.push(`${level}: ${message}`);
    texts.push(JSON.stringify(fields ?? {}));
  };
  return {
    ...{ lines, fields: texts },
    ...{ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  };
}
