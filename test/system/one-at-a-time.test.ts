import { expect, test } from 'vitest';
import { createRounds, createSerial, singleFlight } from '../../src/system/one-at-a-time.ts';

test('whoever asks during a run is given its end, and the next who asks a new one', async () => {
  const runs: PromiseWithResolvers<string>[] = [];
  const ask = singleFlight(() => {
    const run = Promise.withResolvers<string>();
    runs.push(run);
    return run.promise;
  });
  const both = [ask(), ask()];
  runs[0]!.resolve('first');
  expect(await Promise.all(both)).toEqual(['first', 'first']);

  const third = ask();
  runs[1]!.reject(new Error('bug'));
  await expect(third).rejects.toThrow('bug');
  expect(runs).toHaveLength(2);

  void ask();
  expect(runs).toHaveLength(3);
});

/** Rounds that a test ends by hand. */
function prepare() {
  const begun: PromiseWithResolvers<void>[] = [];
  const rounds = createRounds(() => {
    const round = Promise.withResolvers<void>();
    begun.push(round);
    return round.promise;
  });
  return { rounds, begun };
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

test('calls of one turn share a round, which begins after the last of them', async () => {
  const { rounds, begun } = prepare();
  const asked = [rounds.ask(), rounds.ask()];
  expect(begun).toHaveLength(0);
  await turn();
  expect(begun).toHaveLength(1);
  begun[0]!.resolve();
  await Promise.all(asked);
  await rounds.settled();
  expect(begun).toHaveLength(1);
});

test('calls during a round wait for the next one, which they share', async () => {
  const { rounds, begun } = prepare();
  const first = rounds.ask();
  await turn();
  const ended: string[] = [];
  void rounds.ask().then(() => ended.push('second'));
  void rounds.ask().then(() => ended.push('third'));
  begun[0]!.resolve();
  await first;
  await turn();
  expect([begun.length, ended]).toEqual([2, []]);
  begun[1]!.resolve();
  await rounds.settled();
  await turn();
  expect([begun.length, ended]).toEqual([2, ['second', 'third']]);
});

test('a round that fails is met by those who asked for it, and by nobody who comes later', async () => {
  const { rounds, begun } = prepare();
  const first = rounds.ask();
  await turn();
  const second = rounds.ask();
  begun[0]!.reject(new Error('bug'));
  await expect(first).rejects.toThrow('bug');
  await turn();
  begun[1]!.resolve();
  await second;
});

test('everything is settled only when the last round that was asked for has ended', async () => {
  const { rounds, begun } = prepare();
  await rounds.settled();
  void rounds.ask();
  await turn();
  void rounds.ask();
  let isSettled = false;
  void rounds.settled().then(() => (isSettled = true));
  begun[0]!.resolve();
  await turn();
  expect(isSettled).toBe(false);
  begun[1]!.resolve();
  await turn();
  expect(isSettled).toBe(true);
});

test('pieces are done one after the other in the order in which they came, whatever becomes of each', async () => {
  const serial = createSerial();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = serial.run(async () => {
    seen.push('one begins');
    await first.promise;
    seen.push('one ends');
    throw new Error('bug');
  });
  const two = serial.run(async () => seen.push('two'));
  const settled = serial.settled().then(() => seen.push('settled'));
  await Promise.resolve();
  expect(seen).toEqual(['one begins']);
  first.resolve();
  await expect(one).rejects.toThrow('bug');
  expect(await two).toBe(3);
  await settled;
  expect(seen).toEqual(['one begins', 'one ends', 'two', 'settled']);
});
