import type { Environment } from '../config/config.ts';

/** What a command knows of the process it runs in. */
export interface ProcessContext {
  readonly args: readonly string[];
  readonly env: Environment;
  /** The process’s number at the operating system. */
  readonly id: number;
  readonly isTerminal: boolean;
  /** Resolves with the signal that asks the process to stop. */
  readonly stopped: Promise<string>;
  /** Ends the process at once, whatever is under way. */
  readonly exit: (code: number) => never;
}
