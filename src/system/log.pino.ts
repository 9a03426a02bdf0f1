import { pino, type Logger } from 'pino';
import type { Log, LogLevel } from './log.ts';

/** JSON lines to standard output, or lines for people when `pretty`. */
export function createPinoLog(level: LogLevel, pretty: boolean): Log {
  const logger: Logger = pino({
    level,
    base: null,
    ...(pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' },
          },
        }
      : { timestamp: pino.stdTimeFunctions.isoTime }),
  });
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}
