import { expect, inject, it } from 'vitest';
import { addModel, untilKnown } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { homes } from '../../support/servers/homes.ts';
import { startServerProcess, type ServerProcess } from '../../support/servers/server-process.ts';

const LANES = 8;
const STOPS = 4;
/** Longer than a commit may take. */
const STOPPED_MS = 1_400;
const RUNNING_MS = 600;

const clock = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Has the machine not run a process for a while, again and again. */
async function stall(server: ServerProcess): Promise<void> {
  for (let stop = 0; stop < STOPS; stop += 1) {
    await clock(RUNNING_MS);
    server.signal('SIGSTOP');
    await clock(STOPPED_MS);
    server.signal('SIGCONT');
  }
}

it.skipIf(inject('postgres') === null)(
  'a process that stands still under load takes no database for one that is away: every call is recorded as ever',
  async () => {
    await using provider = await startScriptedProvider({ record: false });
    await using home = await homes.find(({ kind }) => kind === 'postgres')!.prepare();
    await using one = startServerProcess(home.environment);
    const first = { url: await one.url() };
    await addModel(first, 'quick', provider);
    const { SWITCHYARD_DATA_DIR } = home.environment;
    await using other = startServerProcess({
      ...home.environment,
      SWITCHYARD_DATA_DIR: `${SWITCHYARD_DATA_DIR}/other`,
    });
    const second = { url: await other.url() };
    await untilKnown(second, 'quick');
    const ends = new Map<string, number>();
    let isOver = false;
    const lanes = [first, second].flatMap((server) =>
      Array.from({ length: LANES }, async (_, lane) => {
        for (let call = 0; !isOver; call += 1) {
          const key = lane % 2 === 0 ? {} : { idempotencyKey: `${server.url} ${lane} ${call}` };
          const { __typename, degraded } = await route(server, { models: ['quick/model'], ...key });
          const end = `${__typename} ${JSON.stringify(degraded)}`;
          ends.set(end, (ends.get(end) ?? 0) + 1);
        }
      }),
    );
    await stall(one);
    isOver = true;
    await Promise.all(lanes);
    expect([...ends.keys()]).toEqual(['RouteSuccess []']);
    expect(ends.get('RouteSuccess []')).toBeGreaterThan(4 * LANES);
  },
  120_000,
);
