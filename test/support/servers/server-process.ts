import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../../src/config/config.ts';
import { adminKey } from '../graphql/client.ts';

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

/** Compiled code is kept from one start to the next, which halves the time that one takes. */
const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/node', import.meta.url));

/** How a process ended, and everything that it said. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly output: readonly string[];
  readonly errors: readonly string[];
}

/** The product as an operator runs it: `node src/main.ts`. Disposing of it kills what is left of it. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  /** The lines that it has printed so far. */
  readonly output: readonly string[];
  /** Where it serves, once it does; rejects when it ends before. */
  url(): Promise<string>;
  /** Resolves when it has printed a line that holds this text; rejects when it ends before. */
  said(text: string): Promise<string>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts one on a free port, in an environment that is this alone; `descriptors`: no more than so many. */
export function startServerProcess(
  environment: Environment,
  nodeOptions: readonly string[] = [],
  descriptors?: number,
): ServerProcess {
  const command = [process.execPath, ...nodeOptions, main];
  const limited = descriptors === undefined ? [] : ['sh', '-c', `ulimit -n ${descriptors} && exec "$0" "$@"`];
  const [program, ...args] = [...limited, ...command] as [string, ...string[]];
  const child = spawn(program, args, {
    env: {
      PORT: '0',
      SWITCHYARD_PROBES: 'off',
      SWITCHYARD_ADMIN_KEY: adminKey,
      NODE_COMPILE_CACHE: compileCache,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const errors: string[] = [];
  const printed = createInterface({ input: child.stdout }).on('line', (line) => output.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const ended = once(child, 'close').then((): Ended => ({ code: child.exitCode, output, errors }));

  async function said(text: string): Promise<string> {
    const isIt = (line: string) => line.includes(text);
    const earlier = output.find(isIt);
    if (earlier !== undefined) return earlier;
    const later = Promise.withResolvers<string>();
    const onLine = (line: string) => void (isIt(line) && later.resolve(line));
    printed.on('line', onLine);
    const over = ended.then(() => {
      throw new Error(`It ended and never said "${text}":\n${[...output, ...errors].join('\n')}`);
    });
    return Promise.race([later.promise, over]).finally(() => printed.off('line', onLine));
  }

  return {
    pid: child.pid!,
    output,
    url: async () => /http:[^\s"]+(?=\/graphql)/.exec(await said('serves GraphQL'))![0],
    said,
    signal: (name) => void child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
