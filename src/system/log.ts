import { showText } from './input/printable.ts';

/** How much is reported, least first. */
export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof logLevels)[number];

/** Structured values that belong to a log line; `err` holds an Error, of which the stack is kept. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the product reports what an operator should know. Never receives prompts, answers or secrets. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** What a line of the log may take, in characters and levels of its fields. */
export const logLimits = { message: 1_000, text: 1_000, stack: 8_000, items: 50, depth: 4 } as const;

/** A message as it may stand in the log: on one line, whatever it quotes. */
export function boundLogMessage(message: string): string {
  return showText(message, logLimits.message);
}

/**
 * Fields as they may stand in the log: what is too long or too deep is cut, and what cannot be printed is replaced, so
 * that nobody outside writes lines of their own, steers a terminal, or fills a disk.
 */
export function boundLogFields(fields: LogFields): LogFields {
  return boundValue(fields, 0) as LogFields;
}

function boundValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return showText(value, logLimits.text);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= logLimits.depth) return '…';
  if (value instanceof Error) return boundError(value, depth);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) {
    return value.slice(0, logLimits.items).map((item) => boundValue(item, depth + 1));
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, logLimits.items)
      .map(([name, item]) => [showText(name, logLimits.text), boundValue(item, depth + 1)]),
  );
}

/** What is kept of an error; a stack has lines, and nothing else that cannot be printed. */
function boundError(error: Error, depth: number): object {
  const { message, stack = '', cause } = error;
  const lines = stack.slice(0, logLimits.stack).split('\n');
  return {
    type: showText(error.constructor.name, logLimits.text),
    ...(boundValue(Object.fromEntries(Object.entries(error)), depth) as object),
    message: showText(message, logLimits.text),
    stack: lines.map((line) => showText(line, logLimits.text)).join('\n'),
    ...(cause !== undefined && { cause: boundValue(cause, depth + 1) }),
  };
}
