import { expect, it } from 'vitest';
import { breakerTable } from '../../../src/breakers/table/breaker.store.ts';
import { createBreakerBoard, type BreakerBoard } from '../../../src/breakers/board/board.service.ts';
import { untouched } from '../../../src/breakers/rule/breaker.ts';
import { move, type Step } from '../../../src/breakers/rule/step.ts';
import { startUpkeep } from '../../../src/breakers/board/upkeep.service.ts';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { freshKey, stored, trip } from '../table/stored.ts';

/** A breaker that this instance has just opened by itself. */
function openedAlone(key: string): Step {
  const now = nodeClock.monotonicMs();
  const phase = { state: 'OPEN', openUntil: now + 60_000, coolOffMs: 60_000 } as const;
  return move(untouched(key), { now, phase, reason: 'an exercise' });
}

describeOnEachDatabase('an instance that returns to the database', (open) => {
  it('offers what it has opened alone, and what it opens while the offers are under way', async () => {
    const { prisma: db } = open();
    const parts = { db, table: breakerTable(db), clock: nodeClock, timers: nodeTimers, log: silentLog };
    await using board = await createBreakerBoard({ ...parts, bus: createMemoryBus(silentLog) });
    const [early, late] = [freshKey(), freshKey()];
    const busy: BreakerBoard = {
      ...board,
      applyWrites(writes) {
        board.applyWrites(writes);
        // A call fails at this moment, and trips another breaker.
        if (writes[0]?.row.key === early) board.decideLocally(openedAlone(late));
      },
    };
    board.detach();
    board.decideLocally(openedAlone(early));
    await using _upkeep = startUpkeep({ ...parts, board: busy, limitMs: () => 10_000 });

    await expect.poll(() => board.isDetached(), { timeout: 20_000 }).toBe(false);
    for (const key of [early, late]) {
      expect(await stored(db, key)).toMatchObject({ generation: 1, phase: { state: 'OPEN' } });
      expect(board.find(key)).toMatchObject({ generation: 1, phase: { state: 'OPEN' } });
    }
  });

  it('keeps shut without a gap what another has opened for all while it returned', async () => {
    const { prisma: db } = open();
    const parts = { db, table: breakerTable(db), clock: nodeClock, timers: nodeTimers, log: silentLog };
    await using board = await createBreakerBoard({ ...parts, bus: createMemoryBus(silentLog) });
    const key = freshKey();
    let looks = 0;
    const shown: (string | undefined)[] = [];
    const returning: BreakerBoard = {
      ...board,
      async refresh() {
        await board.refresh();
        looks += 1;
        // Its own offer will come too late.
        if (looks === 1) await trip(db, key);
      },
      reattach() {
        board.reattach();
        shown.push(board.find(key)?.phase.state);
      },
    };
    board.detach();
    board.decideLocally(openedAlone(key));
    await using _upkeep = startUpkeep({ ...parts, board: returning, limitMs: () => 10_000 });
    await expect.poll(() => shown, { timeout: 20_000 }).toEqual(['OPEN']);
  });

  it('offers nothing of a breaker that the others have moved on meanwhile', async () => {
    const { prisma: db } = open();
    const parts = { db, table: breakerTable(db), clock: nodeClock, timers: nodeTimers, log: silentLog };
    const key = freshKey();
    await db.circuitBreaker.create({
      data: {
        ...{ providerSlug: key.split('/')[0]!, modelSlug: key.split('/')[1]!, generation: 4, revision: 4n },
        ...{ state: 'CLOSED', mode: 'FORCED_CLOSED', modeActor: 'key:x', modeReason: 'an exercise' },
      },
    });
    await using board = await createBreakerBoard({ ...parts, bus: createMemoryBus(silentLog) });
    board.detach();
    board.decideLocally(openedAlone(key));
    await using _upkeep = startUpkeep({ ...parts, board, limitMs: () => 10_000 });
    await expect.poll(() => board.isDetached(), { timeout: 20_000 }).toBe(false);
    expect(await stored(db, key)).toMatchObject({ generation: 4, control: { mode: 'FORCED_CLOSED' } });
    expect(board.find(key)).toMatchObject({ generation: 4, control: { mode: 'FORCED_CLOSED' } });
  });
});
