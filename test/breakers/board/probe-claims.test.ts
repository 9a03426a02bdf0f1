import { expect, it } from 'vitest';
import { breakerTable } from '../../../src/breakers/table/breaker.store.ts';
import { createBreakerBoard, type BreakerBoard } from '../../../src/breakers/board/board.service.ts';
import { createProbeClaims, type ProbeClaims } from '../../../src/breakers/board/probe-claims.service.ts';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import type { Database } from '../../../src/storage/database.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { createNodeRandom } from '../../../src/system/random.node.ts';
import { describeOnDatabase, describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { rule } from '../rule/breakers.ts';
import { freshKey, letPass, stored, trip } from '../table/stored.ts';

/** How long the database may take, by the instances' own time: the test's to move. */
const LIMIT_MS = 1_000;

/** How long a call may take, and how much longer its lease is. */
const CALL_MS = 30_000;
const LEASE_MS = CALL_MS + 2_000;

/** Longer than an instance takes to try to return to the database. */
const RETURN_MS = 5_000;

/** A model that is due for a probe, for instances that have a time of their own. */
async function prepare({ prisma: db }: Database, instanceCount = 1) {
  await using stack = new AsyncDisposableStack();
  const key = freshKey();
  await trip(db, key);
  await letPass(db, key, rule.coolOffMs);
  const time = createManualTime();
  const parts = {
    db,
    table: breakerTable(db),
    rule,
    ...time,
    random: createNodeRandom(() => nodeClock.now()),
    log: silentLog,
  };
  const instances: { readonly board: BreakerBoard; readonly probes: ProbeClaims }[] = [];
  for (let made = 0; made < instanceCount; made += 1) {
    const board = stack.use(await createBreakerBoard({ ...parts, bus: createMemoryBus(silentLog) }));
    instances.push({ board, probes: createProbeClaims({ ...parts, board, limitMs: () => LIMIT_MS }) });
  }
  const claimAll = () => Promise.all(instances.map(({ probes }) => probes.claim(key, CALL_MS)));
  const owned = stack.move();
  const [first] = instances as [(typeof instances)[number]];
  return {
    ...{ key, time, instances, claimAll },
    ...first,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Keeps everybody else from writing of any breaker, until disposed of. */
async function holdRows({ prisma: db }: Database): Promise<AsyncDisposable> {
  const held = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holding = db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT 1 AS one FROM circuit_breakers FOR UPDATE`;
      held.resolve();
      await release.promise;
    },
    { timeout: 60_000 },
  );
  await Promise.race([held.promise, holding]);
  return {
    async [Symbol.asyncDispose]() {
      release.resolve();
      await holding;
    },
  };
}

describeOnDatabase('postgres', 'a database that is slow to say who probes', (open) => {
  it('makes no instance probe, and the probe that it grants too late is another call’s', async () => {
    await using fleet = await prepare(open(), 3);
    const { key, time, instances, claimAll } = fleet;
    const holding = await holdRows(open());
    const asked = claimAll();
    await time.advance(LIMIT_MS);
    expect(await asked).toEqual([null, null, null]);
    // Who asks before its instance has tried to return has no probe either.
    expect(await claimAll()).toEqual([null, null, null]);
    for (const { board } of instances) board.reattach();

    await holding[Symbol.asyncDispose]();
    let won = 0;
    await expect
      .poll(async () => (won += (await claimAll()).filter((probe) => probe !== null).length), {
        timeout: 20_000,
      })
      .toBeGreaterThan(0);
    expect(won).toBe(1);
    expect(await stored(open().prisma, key)).toMatchObject({ phase: { state: 'HALF_OPEN' } });
  });

  it('keeps an instance from probing only until it has tried to return in vain', async () => {
    await using instance = await prepare(open());
    const { key, time, probes, board } = instance;
    await using _holding = await holdRows(open());
    const asked = probes.claim(key, CALL_MS);
    await time.advance(LIMIT_MS);
    expect(await asked).toBeNull();
    expect(board.isDetached()).toBe(true);
    await time.advance(RETURN_MS);
    expect(await probes.claim(key, CALL_MS)).not.toBeNull();
  });
});

describeOnEachDatabase('a probe that was won while the database was away', (open) => {
  async function wonAlone() {
    const instance = await prepare(open());
    const { key, board, probes } = instance;
    board.detach();
    const probe = (await probes.claim(key, CALL_MS))!;
    expect(probe).not.toBeNull();
    board.reattach();
    return { ...instance, probe };
  }

  it('stays its instance’s only one when the database is back, until it has ended', async () => {
    await using instance = await wonAlone();
    const { key, probes, probe } = instance;
    expect(probes.isClaiming(key)).toBe(true);
    probe.settle('success', null);
    await probes.settled();
    expect(probes.isClaiming(key)).toBe(false);
    expect(await probes.claim(key, CALL_MS)).not.toBeNull();
  });

  it('holds nobody up for longer than its lease when it is never heard of again', async () => {
    await using instance = await wonAlone();
    const { key, time, probes } = instance;
    await time.advance(LEASE_MS - 1);
    expect(probes.isClaiming(key)).toBe(true);
    await time.advance(1);
    expect(probes.isClaiming(key)).toBe(false);
  });
});
