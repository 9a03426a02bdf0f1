import { expect, it } from 'vitest';
import { learningBound } from '../../bench/day/bound.ts';
import { contestants, createPrices, presetPolicy, tallyOf } from '../../bench/day/contest.ts';
import { createDraws } from '../../bench/day/draws.ts';
import { twentyModels } from '../../bench/day/models.ts';
import { askOracle } from '../../bench/day/oracle.ts';
import { troublesOf } from '../../bench/day/troubles.ts';
import { createWorld, type World } from '../../bench/day/world.ts';
import type { Tally } from '../../bench/day/worth.ts';

const HOUR_MS = 3_600_000;

/** Six hours of the day that `npm run bench -- day` plays. */
function sixHours(seed: number): World {
  const draws = createDraws(seed);
  const durationMs = 6 * HOUR_MS;
  const incidents = troublesOf(twentyModels, durationMs, draws);
  return createWorld({
    ...{ models: twentyModels, incidents, durationMs, draws },
    ...{ rate: () => 0.4, mostRate: 0.4 },
  });
}

const mean = ({ worth, calls }: Tally) => worth / calls;

/*
 * Regret against an oracle that knows the future has three parts, each with a bound of its own:
 * - Luck. The oracle knows which of twenty models is the quick one for this very call. A router that is told the
 *   truth about every model at every moment, and always takes the best, still has that regret: it is measured.
 * - The margin. Near-equals share the first place with weights that fall linearly to nothing at the margin. Were all
 *   gaps up to it equally frequent, the mean loss would be a third of it; half of it leaves room for models that
 *   crowd at its far end.
 * - Learning. `learningBound` says what two minutes of not knowing, and five of not believing, cost at most.
 */
it.each([1, 20_261_128])(
  'regrets no more than luck, the margin and two minutes explain (seed %i)',
  (seed) => {
    const world = sixHours(seed);
    const policy = presetPolicy('balanced');
    const makers = contestants(world);
    const told = makers.get('told the truth')!;
    const oracle = mean(askOracle(world, createPrices(world), policy));
    const luck = oracle - mean(tallyOf(world, { ...policy, nearEqualMarginPct: 0 }, told));
    const margin = policy.nearEqualMarginPct / 100 / 2;
    const learning = learningBound(world, 'balanced');
    const learned = mean(tallyOf(world, policy, makers.get('switchyard')!));
    expect(oracle - learned).toBeLessThanOrEqual(luck + margin + learning);
    // Being told is what learning comes near to, from below or, by chance, above.
    expect(mean(tallyOf(world, policy, told)) - learned).toBeLessThanOrEqual(learning);
  },
);

it('is worth more than the catalog alone where the best model is always taken, and where speed counts most', () => {
  const world = sixHours(20_261_128);
  const makers = contestants(world);
  const fastest = presetPolicy('latency_first');
  for (const policy of [fastest, { ...presetPolicy('balanced'), nearEqualMarginPct: 0 }]) {
    const worth = (name: string) => mean(tallyOf(world, policy, makers.get(name)!));
    expect(worth('switchyard')).toBeGreaterThan(worth('by the catalog alone'));
  }
});

it('plays the same day again, call for call', () => {
  const play = () => {
    const world = sixHours(3);
    return tallyOf(world, presetPolicy('balanced'), contestants(world).get('switchyard')!);
  };
  expect(play()).toEqual(play());
});
