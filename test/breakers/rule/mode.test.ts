import { expect, test } from 'vitest';
import { admissionOf } from '../../../src/breakers/rule/admission-of.ts';
import { shownState, type Breaker } from '../../../src/breakers/rule/breaker.ts';
import { claimProbe, recordOutcomes, settleProbe } from '../../../src/breakers/rule/machine.ts';
import { expireMode, reset, setMode, type ModeRequest } from '../../../src/breakers/rule/mode.ts';
import { batchOf, closed, failuresAt, found, halfOpen, opened, rule } from './breakers.ts';

const wish = ({ generation }: Breaker, changes: Partial<ModeRequest> = {}): ModeRequest => {
  return { generation, actor: 'ada', reason: 'drill', mode: 'FORCED_OPEN', untilMs: null, ...changes };
};
const forced = (mode: ModeRequest['mode'], untilMs: number | null = null, before = closed(1, 2)) =>
  setMode(before, wish(before, { mode, untilMs }), 100)!.breaker;

test('a word is kept with who gave it, why, and its end by the caller’s clock', () => {
  expect(forced('FORCED_OPEN', 50)).toMatchObject({
    control: { mode: 'FORCED_OPEN', actor: 'ada', reason: 'drill', until: 150 },
    phase: { state: 'CLOSED', failures: [] },
  });
  expect(forced('FORCED_CLOSED').control).toMatchObject({ until: null });
});

test('an operator who saw an older breaker is refused', () => {
  const before = closed();
  const stale = { ...wish(before), generation: before.generation - 1 };
  expect(setMode(before, stale, 100)).toBeNull();
  expect(reset(before, stale, 100)).toBeNull();
});

test('under an operator’s word nothing is counted and nothing trips', () => {
  for (const mode of ['FORCED_OPEN', 'FORCED_CLOSED'] as const) {
    const breaker = forced(mode);
    const batch = batchOf(breaker, failuresAt(1, 2, 3, 4, 5, 6), 200);
    expect(recordOutcomes(breaker, rule, batch, 200).breaker).toBe(breaker);
    expect(claimProbe(breaker, { token: 'mine', leaseMs: 1 }, 1e9)).toBeNull();
  }
});

test('forcing a tripped model closed lets calls through, and its way back is CLOSED without a streak', () => {
  const breaker = forced('FORCED_CLOSED', null, opened(1e9));
  expect(admissionOf(breaker, 200)).toEqual({ kind: 'admit', generation: 8 });
  const { breaker: free, transition } = setMode(breaker, wish(breaker, { mode: 'AUTO' }), 200)!;
  expect(free).toMatchObject({
    generation: 9,
    phase: { state: 'CLOSED', failures: [] },
    control: { mode: 'AUTO' },
  });
  expect(transition).toMatchObject({ from: 'CLOSED', to: 'CLOSED', mode: 'AUTO', actor: 'ada' });
});

test('a word with an end binds until it, then the machine begins anew, and says so once', () => {
  const breaker = forced('FORCED_OPEN', 50);
  expect(expireMode(breaker, 149).breaker).toBe(breaker);
  const { breaker: free, transition } = expireMode(breaker, 150);
  expect(transition).toMatchObject({ from: 'OPEN', to: 'CLOSED', mode: 'AUTO', actor: null, generation: 9 });
  expect(shownState(free)).toBe('CLOSED');
  expect(expireMode(free, 1e9).breaker).toBe(free);
});

test('a word without an end never ends by itself', () => {
  const breaker = forced('FORCED_CLOSED');
  expect(expireMode(breaker, Number.MAX_SAFE_INTEGER).breaker).toBe(breaker);
});

test('AUTO where the machine decides is a new generation in the same state, cool-off and streak as they were', () => {
  for (const before of [closed(1, 2), opened(1e9), halfOpen()]) {
    const { breaker } = setMode(before, wish(before, { mode: 'AUTO' }), 100)!;
    expect(breaker).toEqual({ ...before, revision: 21, generation: 8 });
  }
});

test('a probe that an operator overtakes counts for nothing, and its place is free when its lease ends', () => {
  const half = halfOpen({ probe: { token: 'mine', leaseUntil: 500 } });
  const outcome = found(half, 'failure');
  for (const overtaken of [
    reset(half, wish(half), 100)!,
    setMode(half, wish(half, { mode: 'AUTO' }), 100)!,
  ]) {
    expect(settleProbe(overtaken.breaker, rule, outcome, 200).breaker).toBe(overtaken.breaker);
  }
  const { breaker } = setMode(half, wish(half, { mode: 'AUTO' }), 100)!;
  expect(claimProbe(breaker, { token: 'next', leaseMs: 1 }, 500)).not.toBeNull();
});

test('a reset forgets the streak, the cool-off and the operator’s word', () => {
  for (const before of [closed(1, 2), opened(1e9), halfOpen(), forced('FORCED_OPEN')]) {
    const { breaker, transition } = reset(before, wish(before), 100)!;
    expect(breaker.phase).toEqual({ state: 'CLOSED', failures: [] });
    expect(breaker.control).toEqual({ mode: 'AUTO' });
    expect(transition).toMatchObject({ from: shownState(before), to: 'CLOSED', reason: 'drill' });
  }
});
