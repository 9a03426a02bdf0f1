import type { CatalogView } from '../../src/catalog/catalog-view.ts';
import { policyPresets } from '../../src/policies/presets.ts';
import type { PolicyName, RoutingPolicy } from '../../src/policies/policy.ts';
import { catalogAt } from './catalog.ts';
import { askOracle } from './oracle.ts';
import { simple, simpleOrders, switchyard, told, type Router, type RouterParts } from './router.ts';
import { createRunClock } from './run-clock.ts';
import { runThrough, type RunObserver } from './run.ts';
import type { Line } from './table.ts';
import { count, openTally, type Tally } from './worth.ts';
import type { World } from './world.ts';

/** Makes a router on the clock of its run. */
export type RouterMaker = (parts: RouterParts) => Router;

/** Everybody who takes part, by name. */
export function contestants(world: World): ReadonlyMap<string, RouterMaker> {
  return new Map<string, RouterMaker>([
    ['told the truth', (parts) => told(parts, world)],
    ['switchyard', (parts) => switchyard(parts, { learns: true })],
    ['by the catalog alone', (parts) => switchyard(parts, { learns: false })],
    ...Object.entries(simpleOrders).map(
      ([name, order]) => [name, (parts: RouterParts) => simple(parts, order)] as const,
    ),
  ]);
}

/** The policy of a tenant that has chosen a preset and changed nothing. */
export function presetPolicy(policyName: PolicyName): RoutingPolicy {
  return {
    ...{ policyName, ...policyPresets[policyName] },
    ...{ fallbackCostPenaltyBps: 500, complianceVetoThresholdPct: 50, maxAttempts: 3, timeoutMs: 60_000 },
    ...{ allowedModels: [], deniedModels: [], version: 1 },
  };
}

/** Lets a router serve a world under a policy, and says what that came to. */
export function tallyOf(
  world: World,
  policy: RoutingPolicy,
  make: RouterMaker,
  observer: Pick<RunObserver, 'planned'> = {},
): Tally {
  const clock = createRunClock();
  const tally = openTally();
  const pricesAt = createPrices(world);
  const catalog = () => pricesAt(clock.monotonicMs());
  const router = make({ clock, catalog, policy, draws: world.draws });
  runThrough(world, router, clock, {
    fallbackEnabled: policy.fallbackEnabled,
    observer: {
      ...observer,
      ended({ key, latencyMs, costMicroUsd }) {
        const atsBps = key === null ? null : (catalog().model(key)?.atsBps('default') ?? 0);
        count(tally, atsBps === null ? null : { atsBps, latencyMs, costMicroUsd }, policy);
      },
    },
  });
  return tally;
}

/** The oracle first, then everybody. */
export function contest(world: World, policyName: PolicyName): Line[] {
  const policy = presetPolicy(policyName);
  const lines: Line[] = [{ router: 'oracle', tally: askOracle(world, createPrices(world), policy) }];
  for (const [router, make] of contestants(world)) {
    lines.push({ router, tally: tallyOf(world, policy, make) });
  }
  return lines;
}

/** The catalog at moments that come in order: made anew when prices have changed. */
export function createPrices(world: World): (atMs: number) => CatalogView {
  const changesMs = world.incidents.flatMap(({ kind, fromMs, untilMs }) =>
    kind === 'price' ? [fromMs, untilMs] : [],
  );
  const byChange = new Map<number, CatalogView>();
  return (atMs) => {
    const since = Math.max(0, ...changesMs.filter((changeMs) => changeMs <= atMs));
    let view = byChange.get(since);
    if (view === undefined) byChange.set(since, (view = catalogAt(world, since)));
    return view;
  };
}
