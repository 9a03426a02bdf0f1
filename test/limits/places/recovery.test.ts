import { describe, expect, it } from 'vitest';
import { createMeeting } from './meeting.ts';
import { openPlaces, type PlacesStage } from './places-stage.ts';
import { createManualTime, type ManualTime } from '../../support/time/manual-time.ts';

const RECOVERED_AT = 1_764_000_000_000;

/** How many of so many waiting calls are served in each of the next seconds. */
async function servedBySecond(
  { served }: Pick<PlacesStage, 'served'>,
  time: ManualTime,
  seconds: number,
): Promise<number[]> {
  const counts: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const before = served.length;
    await time.advance(1_000);
    counts.push(served.length - before);
  }
  return counts;
}

/** So many calls a second, for so long, that all are let through. */
async function traffic(
  stage: PlacesStage,
  time: ManualTime,
  perSecond: number,
  forMs: number,
): Promise<void> {
  for (let ms = 0; ms < forMs; ms += 100) {
    for (let call = 0; call < perSecond / 10; call += 1) {
      expect(stage.take('one/a', null)).toBe(0);
      stage.giveBack('one/a');
    }
    await time.advance(100);
  }
}

describe('a model that has just recovered', () => {
  it('is given ten calls in its first second, and twice as many in each that follows', async () => {
    const stage = openPlaces();
    stage.places.note({ key: 'one/a', providerSlug: 'one' }, RECOVERED_AT);
    for (let call = 0; call < 200; call += 1) void stage.wait(String(call));
    expect(await servedBySecond(stage, stage.time, 5)).toEqual([10, 20, 40, 80, 50]);
  });

  it('is given a twentieth of what it had before, where that is more', async () => {
    const stage = openPlaces();
    await traffic(stage, stage.time, 400, 20_000);
    await stage.time.advance(60_000);
    stage.places.note({ key: 'one/a', providerSlug: 'one' }, RECOVERED_AT);
    for (let call = 0; call < 500; call += 1) void stage.wait(String(call));
    const [first, second, third] = await servedBySecond(stage, stage.time, 3);
    expect(first).toBeGreaterThanOrEqual(19);
    expect(first).toBeLessThanOrEqual(21);
    expect(second! / first!).toBeCloseTo(2, 0);
    expect(third! / second!).toBeCloseTo(2, 0);
  });

  it('sends who has another choice there, and lets nobody past those who wait', async () => {
    const stage = openPlaces();
    expect(stage.take('one/a', RECOVERED_AT)).toBeGreaterThan(0);
    void stage.wait('first');
    await stage.time.advance(99);
    expect(stage.take('one/a', RECOVERED_AT)).toBeGreaterThan(0);
    await stage.time.advance(1);
    expect(stage.served).toEqual(['first']);
    expect(stage.take('one/b', null)).toBe(0);
  });

  it('is met by everybody again when it has what it had before and nobody waits', async () => {
    const stage = openPlaces();
    expect(stage.take('one/a', RECOVERED_AT)).toBeGreaterThan(0);
    await stage.time.advance(1_000);
    const all = Array.from({ length: 100 }, () => stage.take('one/a', RECOVERED_AT));
    expect(all.every((waitMs) => waitMs === 0)).toBe(true);
  });

  it('ramps up anew after each recovery, from what was usual and not from what a ramp gave', async () => {
    const stage = openPlaces();
    await traffic(stage, stage.time, 400, 20_000);
    const target = { key: 'one/a', providerSlug: 'one' };
    stage.places.note(target, RECOVERED_AT);
    for (let call = 0; call < 30; call += 1) void stage.wait(String(call));
    await stage.time.advance(1_500);
    stage.places.note(target, RECOVERED_AT + 1_500);
    for (let call = 0; call < 100; call += 1) void stage.wait(String(call));
    const [first] = await servedBySecond(stage, stage.time, 1);
    expect(first).toBeGreaterThanOrEqual(18);
    expect(first).toBeLessThanOrEqual(21);
  });

  it('does not ramp up at the very first start, nor for its probes', () => {
    const stage = openPlaces();
    const all = Array.from({ length: 100 }, () => stage.take('one/a', null));
    expect(all.every((waitMs) => waitMs === 0)).toBe(true);
    stage.places.note({ key: 'one/a', providerSlug: 'one' }, RECOVERED_AT);
    expect(stage.places.take({ key: 'one/a', providerSlug: 'one' }, undefined)).toBe(0);
  });
});

describe('several instances', () => {
  function openFleet(count: number) {
    const time = createManualTime();
    const meeting = createMeeting(time.clock);
    const stages = Array.from({ length: count }, (_, index) =>
      openPlaces({ time, exchange: meeting.of(String(index)), hint: () => meeting.hint() }),
    );
    for (const { replication } of stages) meeting.onHint(() => void replication.exchangeNow());
    const served = () => stages.reduce((sum, stage) => sum + stage.served.length, 0);
    return { time, stages, served };
  }

  const target = { key: 'one/a', providerSlug: 'one' };

  it('give a model together what one would, wherever the calls wait', async () => {
    const { time, stages, served } = openFleet(3);
    stages.forEach((stage, index) => {
      stage.places.note(target, RECOVERED_AT);
      const calls = [60, 30, 10][index]!;
      for (let call = 0; call < calls; call += 1) void stage.wait(`${index}.${call}`);
    });
    await time.advance(1_000);
    expect(served()).toBeGreaterThanOrEqual(7);
    expect(served()).toBeLessThanOrEqual(10);
    await time.advance(1_000);
    expect(served()).toBeLessThanOrEqual(30);
    await time.advance(4_000);
    expect(served()).toBe(100);
    for (const stage of stages) await stage[Symbol.asyncDispose]();
  });

  it('that hear of it late, or begin to call it amid the ramp, take no more than their share', async () => {
    const { time, stages, served } = openFleet(3);
    const [one, other, late] = stages as PlacesStage[] as [PlacesStage, PlacesStage, PlacesStage];
    one.places.note(target, RECOVERED_AT);
    for (let call = 0; call < 100; call += 1) void one.wait(String(call));
    await time.advance(400);
    other.places.note(target, RECOVERED_AT);
    for (let call = 0; call < 100; call += 1) void other.wait(String(call));
    await time.advance(600);
    expect(served()).toBeLessThanOrEqual(10);
    for (let call = 0; call < 100; call += 1)
      if (late.take('one/a', RECOVERED_AT) === 0) late.served.push('');
    await time.advance(1_000);
    expect(served()).toBeLessThanOrEqual(30);
    for (const stage of stages) await stage[Symbol.asyncDispose]();
  });

  it('add up what was usual with each', async () => {
    const { time, stages, served } = openFleet(2);
    for (const stage of stages) await traffic(stage, time, 200, 20_000);
    for (const stage of stages) {
      stage.places.note(target, RECOVERED_AT);
      for (let call = 0; call < 100; call += 1) void stage.wait(String(call));
    }
    await time.advance(1_000);
    expect(served()).toBeGreaterThanOrEqual(15);
    expect(served()).toBeLessThanOrEqual(21);
    for (const stage of stages) await stage[Symbol.asyncDispose]();
  });
});
