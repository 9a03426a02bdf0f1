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
