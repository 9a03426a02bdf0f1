import type { CatalogView } from '../../src/catalog/catalog-view.ts';
import type { PolicyWeights } from '../../src/policies/policy.ts';
import { costMicroUsd } from '../../src/catalog/prices/price.ts';
import { createTakers } from './takers.ts';
import { count, openTally, worthOf, type Brought, type Tally } from './worth.ts';
import type { World } from './world.ts';

/**
 * What a router would bring about that knows all that will happen, the luck of each single call included: of the
 * models that answer, each time the one whose answer will be worth most. Nobody can be as good: from one call to the
 * next even the best model is the slower one by chance.
 */
export function askOracle(
  world: World,
  catalogAtMs: (atMs: number) => CatalogView,
  weights: PolicyWeights,
): Tally {
  const tally = openTally();
  const takers = createTakers(world);
  for (const call of world.calls()) {
    const catalog = catalogAtMs(call.atMs);
    const choices: { readonly index: number; readonly brought: Brought; readonly worth: number }[] = [];
    world.models.forEach(({ key }, index) => {
      const fate = world.fateOf(index, call, 0, call.atMs);
      const view = catalog.model(key);
      if (fate.kind !== 'answers' || view === undefined) return;
      const brought = {
        atsBps: view.atsBps('default') ?? 0,
        latencyMs: fate.latencyMs,
        costMicroUsd: costMicroUsd(view.facts, call),
      };
      choices.push({ index, brought, worth: worthOf(brought, weights) });
    });
    choices.sort((a, b) => b.worth - a.worth);
    const chosen = choices.find(({ index }) => takers.takes(index, call.atMs));
    count(tally, chosen?.brought ?? null, weights);
  }
  return tally;
}
