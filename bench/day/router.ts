import { createAdmission } from '../../src/calls/admission.service.ts';
import type { Admission } from '../../src/calls/admission.ts';
import { openEstimateBoard } from '../../src/estimates/estimate-board.ts';
import { asExpected } from '../../src/estimates/estimate.ts';
import { createEstimates, type Estimates } from '../../src/estimates/estimates.service.ts';
import type { CatalogView } from '../../src/catalog/catalog-view.ts';
import type { Places } from '../../src/limits/places/places.service.ts';
import { createProviderLimits } from '../../src/limits/provider-limits.service.ts';
import type { RoutingPolicy } from '../../src/policies/policy.ts';
import {
  createMeasures,
  waitMsOf,
  type MeasureSources,
  type ModelMeasures,
} from '../../src/routing/plan/measures.ts';
import { unobserved } from '../../src/routing/plan/plan-input.ts';
import { planRoute } from '../../src/routing/plan/plan-route.ts';
import type { Plan, RankedCandidate } from '../../src/routing/plan/plan.ts';
import { toPlanInput } from '../../src/routing/plan/snapshot.ts';
import type { RouteRequest } from '../../src/routing/request/request.ts';
import type { Clock } from '../../src/system/clock.ts';
import type { Draws } from './draws.ts';
import { createLoneBreakers } from './lone-breakers.ts';
import type { World, WorldCall } from './world.ts';

/** Who decides where calls go, and hears how they ended. */
export interface Router {
  plan(call: WorldCall, request: RouteRequest): Plan;
  readonly admission: Admission;
  /** Milliseconds until a model may be called, and for how much of that it cools down. */
  waitMsOf(key: string): number;
  coolDownMsOf(key: string): number;
}

/** What routers are made of. */
export interface RouterParts {
  readonly clock: Clock;
  readonly catalog: () => CatalogView;
  readonly policy: RoutingPolicy;
  readonly draws: Draws;
}

/** There is a place for every call: what is in flight is no part of the comparison, and neither are ramps. */
const anyPlaces: Places = {
  take: () => 0,
  waitMsOf: () => 0,
  giveBack: () => undefined,
  wait: () => Promise.reject(new Error('Nobody waits where there is a place for everybody.')),
  note: () => undefined,
};

/** The product: its planner, estimates, breakers and limits. Without `learns`, as it would be by the catalog alone. */
export function switchyard(parts: RouterParts, { learns }: { readonly learns: boolean }): Router {
  return guarded(parts, learns ? createEstimates(openEstimateBoard(1), parts) : ignorance);
}

const ignorance: Estimates = {
  observe: () => undefined,
  estimateOf: () => asExpected,
  eachKnown: () => undefined,
};

/** Calls that tell as good as exactly in what share a model fails. */
const MANY_CALLS_HUNDREDTHS = 10_000_000;

/** The same product, told at every moment how each model is then, but neither the future nor any call's luck. */
export function told(parts: RouterParts, { models, conditionOf }: World): Router {
  const indexOf = new Map(models.map(({ key }, index) => [key, index]));
  return guarded(parts, {
    observe: () => undefined,
    eachKnown(visit) {
      for (const key of indexOf.keys()) visit(key);
    },
    estimateOf(key) {
      const condition = conditionOf(indexOf.get(key) ?? 0, parts.clock.monotonicMs());
      const failing = Math.min(1, condition.failingShare + condition.hangingShare);
      return {
        latencyRatioPermille: Math.round(1000 * condition.latencyTimes),
        successesHundredths: Math.round(MANY_CALLS_HUNDREDTHS * (1 - failing)),
        failuresHundredths: Math.round(MANY_CALLS_HUNDREDTHS * failing),
      };
    },
  });
}

function guarded(parts: RouterParts, estimates: Estimates): Router {
  const { clock, catalog, draws } = parts;
  const limits = createProviderLimits({
    clock,
    catalog,
    replication: { add: () => alone },
    places: anyPlaces,
  });
  let trips = 0;
  const breakers = createLoneBreakers(clock, () => 0.1 * draws.uniform((trips += 1), 9));
  const sources: MeasureSources = { breakers, limits, estimates };
  const measures = createMeasures(sources);
  return {
    plan: (call, request) => planFor(call, request, parts, measures),
    admission: createAdmission({
      firstFailures: { note: () => undefined },
      ...{ breakers, limits, estimates },
      onFailure: () => undefined,
      onProbeWanted: () => undefined,
    }),
    waitMsOf: (key) => waitMsOf(sources, key),
    coolDownMsOf: (key) => limits.measuresOf(key).coolDownMs ?? 0,
  };
}

const alone = { changed() {}, changedNow() {}, partsOf: () => [] };

/** A router that goes through all models in an order of its own, the same fallback, and no memory of failures. */
export function simple(
  parts: RouterParts,
  order: (ranked: readonly RankedCandidate[], call: WorldCall) => readonly RankedCandidate[],
): Router {
  return {
    plan(call, request) {
      const plan = planFor(call, request, parts, {
        measuresOf: () => unobserved,
        eachKnown: () => undefined,
      });
      return { ...plan, ranked: order(plan.ranked, call) };
    },
    admission: { admit: () => ({ admitted: true, settle: () => undefined }) },
    waitMsOf: () => 0,
    coolDownMsOf: () => 0,
  };
}

/** The routers that the product is compared with, beside itself without what it learns. */
export const simpleOrders = {
  'always cheapest': (ranked: readonly RankedCandidate[]) =>
    ranked.toSorted((a, b) => a.estimates.costMicroUsd - b.estimates.costMicroUsd),
  'always best': (ranked: readonly RankedCandidate[]) =>
    ranked.toSorted((a, b) => b.estimates.atsBps - a.estimates.atsBps),
  'round robin': (ranked: readonly RankedCandidate[], { number }: WorldCall) => {
    const byKey = ranked.toSorted((a, b) => (a.candidate.key < b.candidate.key ? -1 : 1));
    const from = number % byKey.length;
    return [...byKey.slice(from), ...byKey.slice(0, from)];
  },
} as const;

function planFor(
  { number, atMs }: WorldCall,
  request: RouteRequest,
  { catalog, policy, draws }: RouterParts,
  measures: ModelMeasures,
): Plan {
  const draw = Math.floor(draws.uniform(number, 11) * 2 ** 48);
  const snapshot = { catalog: catalog(), at: atMs, policy, affinity: null, measures, standInsServe: false };
  return planRoute(toPlanInput({ request, models: request.models }, snapshot, draw));
}
