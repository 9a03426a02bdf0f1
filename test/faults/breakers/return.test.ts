import { expect, it } from 'vitest';
import { admissionOf } from '../../../src/breakers/rule/admission-of.ts';
import { breakerTable } from '../../../src/breakers/table/breaker.store.ts';
import { createBreakerBoard, type BreakerBoard } from '../../../src/breakers/board/board.service.ts';
import { claimProbe, recordOutcomes, settleProbe } from '../../../src/breakers/rule/machine.ts';
import { createOutcomeWriter } from '../../../src/breakers/board/outcome-writer.service.ts';
import * as rare from '../../../src/breakers/table/rare-steps.store.ts';
import { startUpkeep } from '../../../src/breakers/board/upkeep.service.ts';
import type { BreakerSignal } from '../../../src/breakers/rule/breaker.ts';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import type { PrismaClient } from '../../../src/storage/generated/prisma/client.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { found, rule } from '../../breakers/rule/breakers.ts';
import { failed, freshKey, letPass, openSessions, stored, trip } from '../../breakers/table/stored.ts';

/** Nobody listens there. */
const AWAY = 'postgresql://nobody@127.0.0.1:1/nothing';

const word = { actor: 'key:x', reason: 'an exercise', untilMs: null, reset: false };

const parts = (db: PrismaClient) => ({
  db,
  clock: nodeClock,
  timers: nodeTimers,
  log: silentLog,
  limitMs: () => 10_000,
});

/** The board of an instance for which the database has just gone away. */
async function openAlone(db: PrismaClient): Promise<BreakerBoard> {
  const board = await createBreakerBoard({
    ...parts(db),
    table: breakerTable(db),
    bus: createMemoryBus(silentLog),
  });
  board.detach();
  return board;
}

/** Five calls of this instance's fail; `inMs`: when, from now. */
function tripAlone(board: BreakerBoard, key: string, inMs = 0): void {
  const before = board.breakerOf(key);
  const batch = failed(key, before.generation, 4, 3, 2, 1, 0);
  board.decideLocally(recordOutcomes(before, rule, batch, nodeClock.monotonicMs() + inMs));
}

/** This instance sends a probe of its own. */
function probeAlone(board: BreakerBoard, key: string, signal: BreakerSignal, inMs = 0): void {
  const now = nodeClock.monotonicMs() + inMs;
  board.decideLocally(claimProbe(board.breakerOf(key), { token: 'mine', leaseMs: 1_000 }, now)!);
  const probing = board.breakerOf(key);
  board.decideLocally(settleProbe(probing, rule, found(probing, signal), now));
}

/** The database is there again. */
async function comeBack(db: PrismaClient, board: BreakerBoard): Promise<void> {
  await using _upkeep = startUpkeep({ ...parts(db), board });
  await expect.poll(() => board.isDetached(), { timeout: 20_000 }).toBe(false);
}

const admissionAt = (board: BreakerBoard, key: string) =>
  admissionOf(board.breakerOf(key), nodeClock.monotonicMs());

describeOnEachDatabase('an instance that decides alone', (open) => {
  it.each(['FORCED_OPEN', 'FORCED_CLOSED'] as const)(
    'ends a %s word whose time is up, trips after it, and what it trips is open for all on its return',
    async (mode) => {
      const { prisma: db } = open();
      const key = freshKey();
      await rare.setMode(db, { ...word, key, generation: 0, mode, untilMs: 60_000 });
      await letPass(db, key, 60_000);
      await using board = await openAlone(db);
      {
        await using away = openSessions(AWAY, 1);
        await using _upkeep = startUpkeep({ ...parts(away.clients[0]!), board });
        await expect.poll(() => board.breakerOf(key).control.mode, { timeout: 20_000 }).toBe('AUTO');
      }
      const writer = createOutcomeWriter({ ...parts(db), board, rule });
      for (let call = 0; call < rule.threshold; call += 1) {
        const admission = admissionAt(board, key);
        if (admission.kind === 'admit') writer.record(key, admission.generation, 'failure', null);
      }
      await writer.settled();
      expect(admissionAt(board, key)).toMatchObject({ kind: 'refuse' });

      await comeBack(db, board);
      expect(admissionAt(board, key)).toMatchObject({ kind: 'refuse' });
      expect(await stored(db, key)).toMatchObject({
        ...{ generation: 3, phase: { state: 'OPEN' }, control: { mode: 'AUTO' } },
      });
    },
  );

  it('leaves alone what has recovered since the generation that it tripped from', async () => {
    const { prisma: db } = open();
    const key = freshKey();
    await using board = await openAlone(db);
    tripAlone(board, key);
    await trip(db, key);
    await rare.setMode(db, { ...word, key, generation: 1, mode: 'AUTO', reset: true });
    await comeBack(db, board);
    expect(await stored(db, key)).toMatchObject({ generation: 2, phase: { state: 'CLOSED' } });
    expect(admissionAt(board, key)).toEqual({ kind: 'admit', generation: 2 });
  });

  it('is heard of a breaker that nobody else has moved, however often it moved here', async () => {
    const { prisma: db } = open();
    const key = freshKey();
    await using board = await openAlone(db);
    tripAlone(board, key);
    probeAlone(board, key, 'success', rule.coolOffMs);
    tripAlone(board, key, rule.coolOffMs);
    expect(board.breakerOf(key)).toMatchObject({ generation: 4, phase: { state: 'OPEN' } });
    await comeBack(db, board);
    expect(await stored(db, key)).toMatchObject({ generation: 1, tripCount: 1, phase: { state: 'OPEN' } });
  });

  it.each([
    ['OPEN, its cool-off over', 1],
    ['HALF_OPEN, its lease past', 2],
  ])('keeps shut what its probe has found ill, though the fleet’s breaker is %s', async (_, generation) => {
    const { prisma: db } = open();
    const key = freshKey();
    await trip(db, key);
    await letPass(db, key, rule.coolOffMs);
    if (generation === 2) {
      await rare.claimProbe(db, { key, token: 'aaaaaaaa-0000-4000-8000-000000000000', leaseMs: 1_000 });
      await letPass(db, key, 1_000);
    }
    await using board = await openAlone(db);
    probeAlone(board, key, 'failure');
    await comeBack(db, board);
    const { retryAfterMs } = admissionAt(board, key) as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(2 * rule.coolOffMs - 25_000);
    expect(await stored(db, key)).toMatchObject({
      ...{ generation: generation + 1, tripCount: 2 },
      phase: { state: 'OPEN', coolOffMs: 2 * rule.coolOffMs },
    });
  });
});
