import { describe, expect, it } from 'vitest';
import { supervise } from '../../../src/cli/workers/supervise.ts';
import type { WorkerEnd } from '../../../src/cli/workers/worker.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

/** Workers that live and die as a test wants. */
function createStage(workers: number) {
  const time = createManualTime();
  const log = createKeptLog();
  const stopped = Promise.withResolvers<string>();
  const lives: { number: number; stops: number; serve: () => void; end: (end: WorkerEnd) => void }[] = [];
  const code = supervise({
    ...{ workers, log, stopped: stopped.promise, clock: time.clock, timers: time.timers },
    start(number) {
      const serving = Promise.withResolvers<string>();
      const ended = Promise.withResolvers<WorkerEnd>();
      const serve = () => serving.resolve('http://127.0.0.1:4000');
      const life = { number, stops: 0, serve, end: ended.resolve };
      lives.push(life);
      return { serving: serving.promise, ended: ended.promise, stop: () => void (life.stops += 1) };
    },
  });
  const numbers = () => lives.map(({ number }) => number);
  return { time, log, lives, numbers, code, stop: () => stopped.resolve('SIGTERM') };
}

const orderly: WorkerEnd = { code: 0, signal: null };
const killed: WorkerEnd = { code: null, signal: 'SIGKILL' };

describe('several workers', () => {
  it('are started once the first serves, and said to serve once all do', async () => {
    const { time, log, lives, numbers } = createStage(3);
    await time.advance(60_000);
    expect(numbers()).toEqual([1]);
    lives[0]!.serve();
    await time.advance(0);
    expect(numbers()).toEqual([1, 2, 3]);
    lives[1]!.serve();
    await time.advance(0);
    expect(log.lines).toEqual([]);
    lives[2]!.serve();
    await time.advance(0);
    expect(log.lines).toEqual(['info: Switchyard serves GraphQL at http://127.0.0.1:4000/graphql']);
  });

  it('end with the exit code of a first one that cannot start', async () => {
    const { time, lives, numbers, code } = createStage(3);
    lives[0]!.end({ code: 2, signal: null });
    expect(await code).toBe(2);
    await time.advance(60_000);
    expect(numbers()).toEqual([1]);
  });

  it('end with 1 when the first cannot even be started', async () => {
    const { lives, code } = createStage(2);
    lives[0]!.end({ code: null, signal: null, reason: 'spawn EAGAIN' });
    expect(await code).toBe(1);
  });

  it('are started again, each by its number, when they have ended', async () => {
    const { time, log, lives, numbers } = createStage(2);
    lives[0]!.serve();
    await time.advance(10_000);
    lives[1]!.end(killed);
    await time.advance(0);
    expect(numbers()).toEqual([1, 2, 2]);
    lives[2]!.serve();
    lives[2]!.end({ code: 1, signal: null });
    await time.advance(999);
    expect(numbers()).toEqual([1, 2, 2]);
    await time.advance(1);
    expect(numbers()).toEqual([1, 2, 2, 2]);
    const ended = 'error: A worker has ended, and is started again.';
    expect(log.lines).toEqual([ended, 'info: A worker serves again.', ended]);
    expect(log.fields.map((text) => JSON.parse(text) as object)).toEqual([
      { worker: 2, code: null, signal: 'SIGKILL', pauseMs: 0 },
      { worker: 2 },
      { worker: 2, code: 1, signal: null, pauseMs: 1000 },
    ]);
  });

  it('are all told to stop, end with 0 when each did so in order, and are not started again', async () => {
    const { time, lives, numbers, code, stop } = createStage(3);
    lives[0]!.serve();
    await time.advance(0);
    lives[2]!.end(killed);
    await time.advance(0);
    stop();
    await time.advance(0);
    expect(lives.map(({ stops }) => stops)).toEqual([1, 1, 0]);
    for (const life of lives) life.end(orderly);
    expect(await code).toBe(0);
    await time.advance(60_000);
    expect(numbers()).toEqual([1, 2, 3]);
  });

  it('end with 1 when one did not stop in order', async () => {
    const { time, lives, code, stop } = createStage(2);
    lives[0]!.serve();
    await time.advance(0);
    stop();
    lives[0]!.end(orderly);
    lives[1]!.end(killed);
    expect(await code).toBe(1);
  });

  it('that are told to stop while the first starts end with it', async () => {
    const { time, lives, numbers, code, stop } = createStage(2);
    stop();
    await time.advance(0);
    expect(lives[0]!.stops).toBe(1);
    lives[0]!.serve();
    await time.advance(0);
    lives[0]!.end(orderly);
    expect(await code).toBe(0);
    expect(numbers()).toEqual([1]);
  });
});
