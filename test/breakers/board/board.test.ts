import { expect, it, onTestFinished } from 'vitest';
import { breakerTable } from '../../../src/breakers/table/breaker.store.ts';
import { createBreakerBoard } from '../../../src/breakers/board/board.service.ts';
import { recordOutcomes as recordLocally } from '../../../src/breakers/rule/machine.ts';
import { startUpkeep } from '../../../src/breakers/board/upkeep.service.ts';
import { recordOutcomes } from '../../../src/breakers/table/outcome.store.ts';
import { setMode } from '../../../src/breakers/table/rare-steps.store.ts';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import { splitModelKey } from '../../../src/providers/model-key.ts';
import type { PrismaClient } from '../../../src/storage/generated/prisma/client.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { rule } from '../rule/breakers.ts';
import { failed, freshKey, succeeded, trip } from '../table/stored.ts';

const WARNING = 'warn: The table lacks what was known of it: the live view goes back with it.';

/** Takes a copy of all breakers, to be put in their place later, as a database is that lacks what came in between. */
async function copyTable(db: PrismaClient): Promise<() => Promise<void>> {
  const rows = await db.circuitBreaker.findMany();
  return async () => {
    await db.$transaction([db.circuitBreaker.deleteMany(), db.circuitBreaker.createMany({ data: rows })]);
  };
}

async function deleteRow(db: PrismaClient, key: string): Promise<void> {
  const { providerSlug, modelSlug } = splitModelKey(key)!;
  await db.circuitBreaker.delete({ where: { providerSlug_modelSlug: { providerSlug, modelSlug } } });
}

describeOnEachDatabase('a board', (open) => {
  async function openBoard() {
    const { prisma: db } = open();
    const log = createKeptLog();
    const bus = createMemoryBus(silentLog);
    const parts = { db, table: breakerTable(db), bus, clock: nodeClock, timers: nodeTimers, log };
    const board = await createBreakerBoard(parts);
    onTestFinished(() => board[Symbol.asyncDispose]());
    return { db, board, parts, lines: log.lines };
  }
  const word = { actor: 'ops', reason: 'drill', mode: 'AUTO', untilMs: null, reset: true } as const;

  it('follows a table whose row is gone, says so once, and what it shows then can be reset', async () => {
    const { db, board, lines } = await openBoard();
    const key = freshKey();
    board.applyWrites([await trip(db, key)]);
    await board.refresh();
    expect(board.find(key)).toMatchObject({ generation: 1, phase: { state: 'OPEN' } });
    await deleteRow(db, key);
    await board.refresh();
    await board.refresh();
    expect(board.find(key)).toBeUndefined();
    expect(lines).toEqual([WARNING]);
    const { generation } = board.breakerOf(key);
    const write = await setMode(db, { ...word, key, generation });
    expect(write).toMatchObject({ row: { generation: 1 }, transition: { to: 'CLOSED' } });
    board.applyWrites([write!]);
    expect(board.find(key)).toMatchObject({ generation: 1, revision: 1 });
  });

  it('trips again what was deleted, though it has had the same generation before', async () => {
    const { db, board } = await openBoard();
    const key = freshKey();
    board.applyWrites([await trip(db, key)]);
    await deleteRow(db, key);
    await board.refresh();
    board.applyWrites([await trip(db, key, board.breakerOf(key).generation)]);
    expect(board.find(key)).toMatchObject({ generation: 1, phase: { state: 'OPEN' } });
  });

  it('goes back to what an older copy of the table holds, and on from there', async () => {
    const { db, board, lines } = await openBoard();
    const [key, other] = [freshKey(), freshKey()];
    board.applyWrites(await recordOutcomes(db, rule, [failed(key, 0, 1)]));
    const restore = await copyTable(db);
    board.applyWrites([await trip(db, key), await trip(db, other)]);
    await board.refresh();
    await restore();
    await board.refresh();
    expect(board.find(key)).toMatchObject({ revision: 1, generation: 0, phase: { state: 'CLOSED' } });
    expect(board.find(other)).toBeUndefined();
    expect(lines).toEqual([WARNING]);
    board.applyWrites([await trip(db, key)]);
    expect(board.find(key)).toMatchObject({ revision: 2, generation: 1, phase: { state: 'OPEN' } });
  });

  it('forgets what it has written itself and the table has lost before it was looked at', async () => {
    const { db, board, lines } = await openBoard();
    const key = freshKey();
    const restore = await copyTable(db);
    board.applyWrites([await trip(db, key)]);
    expect(board.find(key)).toMatchObject({ phase: { state: 'OPEN' } });
    await restore();
    await board.refresh();
    expect(board.find(key)).toBeUndefined();
    expect(lines).toEqual([WARNING]);
  });

  it('sees that the table has gone back though its revisions add up to the same', async () => {
    const { db, board } = await openBoard();
    const [key, other] = [freshKey(), freshKey()];
    const restore = await copyTable(db);
    board.applyWrites(await recordOutcomes(db, rule, [failed(key, 0, 1)]));
    await board.refresh();
    await restore();
    await recordOutcomes(db, rule, [failed(other, 0, 1)]);
    await board.refresh();
    expect([board.find(key), board.find(other)?.revision]).toEqual([undefined, 1]);
  });

  it('looks at the table when a write of its own comes back older than what it knows', async () => {
    const { db, board } = await openBoard();
    const key = freshKey();
    const restore = await copyTable(db);
    board.applyWrites(await recordOutcomes(db, rule, [failed(key, 0, 1)]));
    board.applyWrites(await recordOutcomes(db, rule, [succeeded(key, 0, 0)]));
    await board.refresh();
    await restore();
    board.applyWrites([await trip(db, key)]);
    await expect.poll(() => board.find(key)).toMatchObject({ revision: 1, phase: { state: 'OPEN' } });
  });

  it('keeps what it has just written over a look that began before', async () => {
    const { db, board } = await openBoard();
    const key = freshKey();
    const look = board.refresh();
    board.applyWrites([await trip(db, key)]);
    await look;
    expect(board.find(key)).toMatchObject({ phase: { state: 'OPEN' } });
  });

  it('is opened for all by what an instance opened alone, though the table has gone back meanwhile', async () => {
    const { db, board, parts } = await openBoard();
    const key = freshKey();
    const restore = await copyTable(db);
    board.applyWrites([(await setMode(db, { ...word, key, generation: 0 }))!]);
    await board.refresh();
    board.detach();
    const now = nodeClock.monotonicMs();
    board.decideLocally(recordLocally(board.breakerOf(key), rule, failed(key, 1, 4, 3, 2, 1, 0), now));
    expect(board.find(key)).toMatchObject({ generation: 2, phase: { state: 'OPEN' } });
    await restore();
    await using _upkeep = startUpkeep({ ...parts, board, limitMs: () => 10_000 });
    await expect.poll(() => board.isDetached(), { timeout: 20_000 }).toBe(false);
    expect(board.find(key)).toMatchObject({ generation: 1, phase: { state: 'OPEN' } });
  });
});
