import { fileURLToPath } from 'node:url';
import type { Environment } from '../../../src/config/config.ts';
import { startServerProcess, type ServerProcess } from '../servers/server-process.ts';

/** What a server's process tells of itself. */
export interface Measures {
  /** Of the thread's own time, milliseconds, since it was last asked. */
  readonly longestTurnMs: number;
  readonly usedBytes: number;
}

/** A server in a process of its own that is measured. */
export interface MeasuredServer extends AsyncDisposable {
  readonly url: string;
  readonly process: ServerProcess;
  /** `collect`: after all garbage is gone. */
  measure(how?: 'collect'): Promise<Measures>;
}

const measure = fileURLToPath(new URL('measure.ts', import.meta.url));

/** Starts one. */
export async function startMeasuredServer(environment: Environment): Promise<MeasuredServer> {
  const server = startServerProcess(environment, [
    '--expose-gc',
    '--max-semi-space-size=64',
    '--import',
    measure,
  ]);
  const line = await server.said('measured at');
  const measuredAt = line.slice(line.indexOf('http'));
  return {
    url: await server.url(),
    process: server,
    async measure(how) {
      const response = await fetch(`${measuredAt}/${how ?? ''}`);
      return (await response.json()) as Measures;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
