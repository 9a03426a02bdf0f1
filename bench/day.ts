// `npm run bench -- day`: twenty models through a day of trouble, on simulated time, for every preset and router.
import { policyNames } from '../src/policies/policy.ts';
import { contest } from './day/contest.ts';
import { learningBound } from './day/bound.ts';
import { createDraws } from './day/draws.ts';
import { twentyModels } from './day/models.ts';
import { printLines } from './day/table.ts';
import { troublesOf } from './day/troubles.ts';
import { createWorld } from './day/world.ts';
import { machineName } from './report.ts';

const DAY_MS = 86_400_000;
const SEED = 20_261_128;

/** Calls a second at the quietest hour, and by how much more at the busiest. */
const LEAST_RATE = 0.2;
const MORE_RATE = 1;

/** Plays the day for each; false when to learn has cost more than it may against being told the truth. */
export function benchDay(): boolean {
  const draws = createDraws(SEED);
  const incidents = troublesOf(twentyModels, DAY_MS, draws);
  const rate = (atMs: number) => LEAST_RATE + (MORE_RATE * (1 - Math.cos((2 * Math.PI * atMs) / DAY_MS))) / 2;
  const mostRate = LEAST_RATE + MORE_RATE;
  const world = createWorld({ models: twentyModels, incidents, durationMs: DAY_MS, rate, mostRate, draws });
  const startedMs = performance.now();
  console.log(`A day of ${incidents.length} troubles, seed ${SEED}\n${machineName()}`);
  let isKept = true;
  for (const policyName of policyNames) {
    const lines = contest(world, policyName);
    printLines(policyName, lines);
    const worth = (name: string) => {
      const tally = lines.find(({ router }) => router === name)?.tally;
      return tally === undefined ? 0 : tally.worth / tally.calls;
    };
    const cost = worth('told the truth') - worth('switchyard');
    const bound = learningBound(world, policyName);
    const verdict = cost <= bound ? 'kept' : 'EXCEEDED';
    console.log(`learning costs ${cost.toFixed(4)}, promised ${bound.toFixed(4)}: ${verdict}`);
    if (cost > bound) isKept = false;
  }
  console.log(`\n${Math.round((performance.now() - startedMs) / 1000)} s`);
  return isKept;
}
