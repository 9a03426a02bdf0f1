import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Log } from '../../system/log.ts';
import type { Connector } from '../connect.ts';
import { lockDirectory } from '../directory-lock.ts';
import { startEngine } from './engine.ts';
import { WireSocket } from './wire-socket.ts';

/**
 * Postgres compiled to run inside this process, on a directory of its own. It does not guard that directory: two
 * processes on one destroy each other's rows, so a lock is held from before it starts until after it ended.
 */
export async function createEmbeddedConnector(
  directory: string,
  processId: number,
  log: Log,
): Promise<Connector> {
  await using stack = new AsyncDisposableStack();
  stack.use(lockDirectory(directory, processId));
  if (!existsSync(directory)) await make(directory, log);
  log.debug('starting the embedded database', { directory });
  const engine = await startEngine(directory);
  stack.defer(() => engine.close());

  const owned = stack.move();
  const session = {
    user: 'postgres',
    database: 'postgres',
    ssl: false,
    stream: () => new WireSocket(engine),
  };
  return {
    kind: 'embedded',
    session,
    settings: {},
    // One session is all the engine has; connections beyond it would share its transactions.
    pool: { ...session, max: 1, idleTimeoutMillis: 0, connectionTimeoutMillis: 10_000 },
    close: () => owned.disposeAsync(),
  };
}

/** Makes the database beside its place: killed half-way, it would look whole there and never start again. */
async function make(directory: string, log: Log): Promise<void> {
  log.debug('making the embedded database', { directory });
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  try {
    const engine = await startEngine(draft);
    await engine.close();
  } catch (error) {
    // What filled the disk must not go on filling it.
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  await rename(draft, directory);
}
