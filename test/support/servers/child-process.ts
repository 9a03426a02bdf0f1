import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program of the tests in a process of its own. Disposing of it kills it; then it has ended. */
export interface ChildProcess extends AsyncDisposable {
  readonly pid: number | undefined;
  /** The lines that it prints, until it ends; what it complains of goes where the tests' own words go. */
  readonly lines: AsyncIterableIterator<string>;
  /** Kills it with -9; resolves when it has ended. */
  kill(): Promise<void>;
}

/** Starts one. Absent, its environment is that of the tests. */
export function startChild(
  script: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await ended;
  }
  return {
    pid: child.pid,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
