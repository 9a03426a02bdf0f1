import { describe, expect, test } from 'vitest';
import { createLocalSchedule } from '../../src/health/local-schedule.ts';
import type { ProbeTarget } from '../../src/health/probe-target.ts';

const model = (modelSlug: string, mostMicroUsd = 0): ProbeTarget => ({
  ...{ key: `acme/${modelSlug}`, providerSlug: 'acme', modelSlug, mostMicroUsd, ownIntervalMs: null },
});
const terms = { configuredMs: 1_000, paidTargets: 1 };

/** A schedule, and the models that it has probed at an instant. */
function prepare(capMicroUsd = 1_000_000) {
  const schedule = createLocalSchedule({ random: { next: () => 0.5 }, capMicroUsd });
  const probedAt = (now: number, targets: readonly ProbeTarget[], isRecovery = false) =>
    schedule
      .due({ candidates: targets.map((target) => ({ target, isRecovery })), terms, now })
      .map(({ target }) => target.modelSlug);
  return { schedule, probedAt };
}

describe('an instance that cannot ask when others probe', () => {
  test('probes each model once an interval, the first time within one', () => {
    const { probedAt } = prepare();
    const times = Array.from({ length: 40 }, (_, index) => index * 100);
    const probes = times.flatMap((now) => probedAt(now, [model('a')]).map(() => now));
    expect(probes).toEqual([500, 1_500, 2_500, 3_500]);
  });

  test('probes one that waits for it at once, and then every second', () => {
    const { probedAt } = prepare();
    const times = Array.from({ length: 26 }, (_, index) => index * 100);
    const probes = times.flatMap((now) => probedAt(now, [model('a')], true).map(() => now));
    expect(probes).toEqual([0, 1_000, 2_000]);
  });

  test('spends a quarter of what was left at most, because others may be alone as well', () => {
    const { schedule, probedAt } = prepare();
    schedule.reset(400);
    const targets = ['a', 'b', 'c'].map((slug) => model(slug, 50));
    expect(probedAt(0, targets, true)).toEqual(['a', 'b']);
    expect(schedule.expenses.map(({ microUsd }) => microUsd)).toEqual([50, 50]);
  });

  test('counts what a probe has cost instead of what it could have, and forgets it after an hour', () => {
    const { schedule, probedAt } = prepare();
    schedule.reset(400);
    expect(probedAt(0, [model('a', 100)], true)).toEqual(['a']);
    expect(probedAt(1_000, [model('b', 100)], true)).toEqual([]);
    schedule.expenses[0]!.microUsd = 0;
    expect(probedAt(1_000, [model('b', 100)], true)).toEqual(['b']);
    expect(probedAt(3_601_000, [model('a', 100)], true)).toEqual(['a']);
  });
});
