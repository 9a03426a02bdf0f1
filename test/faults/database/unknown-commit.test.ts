import { describe, expect, inject, it, vi } from 'vitest';
import { startCommitCutter, type CommitCutter, type Cut } from '../../support/databases/commit-cutter.ts';
import { createDataDir, createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { LONGER_MS, TOLERANCE_MS } from '../traffic/away.ts';
import { compareTraffic, describeFigures } from '../traffic/comparison.ts';
import { backInOrder, routeOnce, slowestMs, startLoad, type SeenCall } from '../traffic/outage-load.ts';
import { unlessStalled } from '../../support/time/stalls.ts';

vi.setConfig({ testTimeout: 120_000 });

const IN_FLIGHT = 16;

interface Ground extends AsyncDisposable {
  readonly cutter: CommitCutter;
  readonly provider: ScriptedProvider;
  readonly server: TestServer;
}

/** A server that reaches Postgres by way of a cutter. */
async function startGround(wanted?: RegExp): Promise<Ground> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createPostgresDatabase());
  const cutter = stack.use(await startCommitCutter(url, wanted));
  const provider = stack.use(await startScriptedProvider({ record: false }));
  provider.always({ delayMs: 30 });
  const { path } = stack.use(await createDataDir('empty'));
  const server = stack.use(await startServer({ DATABASE_URL: cutter.url, SWITCHYARD_DATA_DIR: path }));
  await addModel(server, 'scripted', provider);
  const owned = stack.move();
  return { cutter, provider, server, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface Case {
  readonly name: string;
  readonly what: Cut;
  /** How often this is done, and to how many commits that follow each other. */
  readonly rounds: number;
  readonly commits: number;
}

const cases: readonly Case[] = [
  { name: 'answer is lost', what: 'answer', rounds: 10, commits: 1 },
  { name: 'answer is lost, ten times in a row', what: 'answer', rounds: 1, commits: 10 },
  { name: 'request is lost', what: 'request', rounds: 10, commits: 1 },
  { name: 'request is lost, ten times in a row', what: 'request', rounds: 1, commits: 10 },
  { name: 'answer comes too late', what: 'late', rounds: 3, commits: 1 },
  { name: 'answer comes too late, thrice in a row', what: 'late', rounds: 1, commits: 3 },
];

describe.skipIf(inject('postgres') === null)('a commit under load', () => {
  it.for(cases)(
    'whose $name: no call fails, and each is recorded once and in order',
    ({ what, rounds, commits }, { annotate }) =>
      unlessStalled(async () => {
        await using ground = await startGround();
        const { cutter, server } = ground;
        await using stack = new AsyncDisposableStack();
        const load = startLoad(server.url, IN_FLIGHT);
        stack.defer(() => load.stop());
        await load.more(5 * IN_FLIGHT);
        const normalMs = slowestMs(load.calls.slice(IN_FLIGHT));

        for (let round = 0; round < rounds; round += 1) {
          await cutter.cut(what, commits);
          await load.more(IN_FLIGHT);
        }
        await load.stop();
        const alone: SeenCall[] = [];
        await backInOrder(server.url, alone);

        const comparison = await compareTraffic(server.url, [
          { callers: [load, { calls: alone, failures: [] }] },
        ]);
        await annotate(describeFigures(comparison.figures));
        expect(slowestMs(load.calls)).toBeLessThan(normalMs + LONGER_MS + TOLERANCE_MS);
        comparison.expectEqual();
      }),
  );

  it.for(['answer', 'request'] as const)(
    'that claims an idempotency key, and whose %s is lost: the call is made once',
    (what) =>
      unlessStalled(async () => {
        await using ground = await startGround(/\bINSERT INTO idempotency_keys\b/i);
        const { cutter, provider, server } = ground;
        const calls: SeenCall[] = [];
        const routeKeyed = async (key: string) => calls.push(await routeOnce(server.url, undefined, key));
        for (let round = 0; round < 10; round += 1) {
          const cuts = cutter.cut(what, 1);
          const keys = Array.from({ length: IN_FLIGHT }, (_, index) => `key-${round}-${index}`);
          await Promise.all(keys.map(routeKeyed));
          await cuts;
        }
        expect(provider.received).toBe(calls.length);
        const comparison = await compareTraffic(server.url, [{ callers: [{ calls, failures: [] }] }]);
        comparison.expectEqual();
      }),
  );
});
