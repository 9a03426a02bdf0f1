import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openSetAside, SET_ASIDE_SIZES, type SetAside } from '../audit/set-aside.service.ts';
import { openSpoolFile } from '../audit/spool-file.node.ts';
import { openSpool, SPOOL_SIZES, type SpoolSizes } from '../audit/spool.service.ts';
import type { Spool } from '../audit/spool.ts';
import { takeOver } from '../audit/take-over.service.ts';
import type { Config } from '../config/config.ts';
import { nodeSha256 as sha256 } from '../system/digest.node.ts';
import type { Overrides, World } from './ground.ts';

/** Records on this machine's disk: those that wait for the database, and those that it has refused. */
export interface Records extends AsyncDisposable {
  readonly spool: Spool;
  readonly aside: SetAside;
}

type Paths = Pick<Config, 'dataDir' | 'workers'>;

/**
 * Opens them. The only worker and the first of several keep theirs in the data directory itself, the others in
 * `workers/NUMBER`. The first also takes over what workers have left of which there are no longer so many: nobody else
 * would ever bring it to the database.
 */
export async function openRecords(paths: Paths, overrides: Overrides, world: World): Promise<Records> {
  const { worker = 1, processId } = overrides;
  const lefts = worker === 1 ? leftDirectories(paths) : [];
  const own = worker === 1 ? paths.dataDir : join(workersDirectory(paths), String(worker));
  const records = await openPair(own, processId, world);
  for (const left of lefts) {
    try {
      const count = await takeOverPair(await openPair(left, processId, world), records);
      await rm(left, { recursive: true });
      if (count > 0) world.log.info('Records of a worker that is no more were taken over.', { left, count });
    } catch (err) {
      world.log.error('Records of a worker that is no more could not be taken over.', { left, err });
    }
  }
  return records;
}

interface Pair extends Records {
  /** What `aside` keeps, as a spool. */
  readonly asideSpool: Spool;
}

async function openPair(directory: string, processId: number | undefined, world: World): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const open = async (name: string, sizes: SpoolSizes) => {
    const file = stack.use(await openSpoolFile(join(directory, name), processId));
    return stack.use(await openSpool({ ...world, sha256, file, sizes }));
  };
  const spool = await open('spool', SPOOL_SIZES);
  const asideSpool = await open('set-aside', SET_ASIDE_SIZES);
  const aside = await openSetAside(asideSpool, sha256);
  const owned = stack.move();
  return { spool, asideSpool, aside, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function takeOverPair(from: Pair, into: Records): Promise<number> {
  await using left = from;
  const waiting = await takeOver(left.spool, (records) => into.spool.append(records));
  return waiting + (await takeOver(left.asideSpool, (records) => into.aside.keep(records)));
}

const workersDirectory = ({ dataDir }: Paths): string => join(dataDir, 'workers');

/** Those of workers with a higher number than there are workers. */
function leftDirectories(paths: Paths): string[] {
  const directory = workersDirectory(paths);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => /^[1-9]\d*$/.test(name) && Number(name) > paths.workers)
    .map((name) => join(directory, name));
}
