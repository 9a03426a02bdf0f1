import type { Environment } from '../config/config.ts';

/** What a command knows of the process it runs in. */
export interface ProcessContext {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly isTerminal: boolean;
  /** Resolves with the signal that asks the process to stop. */
  readonly stopped: Promise<string>;
}
