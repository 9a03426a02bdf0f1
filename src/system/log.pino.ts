import { pino, type Logger } from 'pino';
import { boundLogFields, boundLogMessage, type Log, type LogFields, type LogLevel } from './log.ts';

/** JSON lines to standard output, or lines for people when `pretty`; `base` holds what every line tells. */
export function createPinoLog(level: LogLevel, pretty: boolean, base: LogFields | null = null): Log {
  const logger: Logger = pino({
    level,
    base,
    // Errors come as what is kept of them.
    serializers: { err: (kept: unknown) => kept },
    ...(pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' },
          },
        }
      : { timestamp: pino.stdTimeFunctions.isoTime }),
  });
  const writer =
    (name: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}): void => {
      if (logger.isLevelEnabled(name)) logger[name](boundLogFields(fields), boundLogMessage(message));
    };
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') };
}
