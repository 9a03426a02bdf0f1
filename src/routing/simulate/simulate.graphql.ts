import { builder } from '../../graphql/builder.ts';
import { RoutingPolicyInputRef } from '../../graphql/refs.ts';
import { defineResult } from '../../graphql/result.ts';
import { fromScaledInteger, roundTo } from '../../system/input/decimal.ts';
import { requireTenantId } from '../../tenants/viewer-scope.ts';
import { simulatedCalls } from './simulate.service.ts';
import type { ShareChange, Simulation, Totals } from './simulation.ts';

/** Plans up to thousands of calls: more than a handful in one operation is too much. */
const SIMULATE_COMPLEXITY = 30_000;

const SimulatePolicyInput = builder.inputType('SimulatePolicyInput', {
  description: 'Which recorded calls to plan again, under which policy.',
  fields: (t) => ({
    tenantId: t.globalID({ description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.' }),
    policy: t.field({
      type: RoutingPolicyInputRef,
      required: true,
      description: 'What would be different from the tenant’s policy.',
    }),
    since: t.field({ type: 'DateTime', required: true, description: 'Calls decided at or after.' }),
    until: t.field({ type: 'DateTime', description: 'Calls decided before; absent: until now.' }),
    limit: t.int({
      description: `The newest so many of them, 1..${simulatedCalls.most}; ${simulatedCalls.usual} when absent.`,
    }),
  }),
});

const SimulatedTotalsRef = builder.objectRef<Totals>('SimulatedTotals').implement({
  description:
    'What the first choices of all calls were expected to take: estimates on both sides, so that they compare.',
  fields: (t) => ({
    costUsd: t.float({
      description: 'Together: estimated input and whole output budgets at the catalog’s prices of then, USD.',
      resolve: ({ costMicroUsd }) => fromScaledInteger(costMicroUsd, 6),
    }),
    meanLatencyMs: t.float({
      nullable: true,
      description: 'Expected latency of a call; null when no call had a first choice.',
      resolve: ({ meanLatencyMs }) => meanLatencyMs && roundTo(3, meanLatencyMs),
    }),
    meanAts: t.float({
      nullable: true,
      description: 'Quality for the calls’ types of task, 0..1; null when no call had a first choice.',
      resolve: ({ meanAtsBps }) => meanAtsBps && roundTo(6, meanAtsBps / 10_000),
    }),
  }),
});

const ModelShareChangeRef = builder.objectRef<ShareChange>('ModelShareChange').implement({
  description: 'How many of the calls a model came first in, then and under the simulated policy.',
  fields: (t) => ({
    providerSlug: t.exposeString('providerSlug', { description: 'Its provider.' }),
    modelSlug: t.exposeString('modelSlug', { description: 'Its name there.' }),
    recordedShare: t.float({
      description: 'As recorded, 0..1.',
      resolve: ({ recordedShare }) => roundTo(6, recordedShare),
    }),
    simulatedShare: t.float({
      description: 'As simulated, 0..1.',
      resolve: ({ simulatedShare }) => roundTo(6, simulatedShare),
    }),
  }),
});

const PolicySimulationRef = builder
  .objectRef<Simulation & { readonly truncated: boolean }>('PolicySimulation')
  .implement({
    description:
      'What recorded calls would have been under another policy: planned again from what was known when they were made, with what each request asked of its policy, and with the same chances.',
    fields: (t) => ({
      decisions: t.exposeInt('decisions', { description: 'Calls that were planned again.' }),
      unchanged: t.exposeInt('unchanged', { description: 'Of those: whose first choice is the same.' }),
      recorded: t.expose('recorded', { type: SimulatedTotalsRef, description: 'As they were planned.' }),
      simulated: t.expose('simulated', {
        type: SimulatedTotalsRef,
        description: 'As they would be planned.',
      }),
      shares: t.field({
        type: [ModelShareChangeRef],
        description: 'Every model that came first under either policy, by key.',
        resolve: ({ shares }) => [...shares],
      }),
      newlyRejected: t.exposeInt('newlyRejected', {
        description: 'Calls whose first choice would be rejected: vetoed, denied or not allowed.',
      }),
      newlyRefused: t.exposeInt('newlyRefused', {
        description:
          'Calls for which no model would be eligible any more, or whose request the policy would refuse.',
      }),
      unreplayable: t.exposeInt('unreplayable', {
        description: 'Calls beside them: votes, and those planned by rules which this build does not know.',
      }),
      truncated: t.exposeBoolean('truncated', {
        description: 'Whether the range has more calls than `limit`.',
      }),
    }),
  });

const SimulatePolicyResult = defineResult(
  'SimulatePolicyResult',
  'What came of a simulation.',
  PolicySimulationRef,
  ['InvalidInput', 'NotFound', 'RateLimited', 'Unavailable'],
);

builder.queryField('simulatePolicy', (t) =>
  t.field({
    type: SimulatePolicyResult.type,
    description:
      'Plans recorded calls again under another policy and compares cost, latency, quality and who comes first: a policy’s effect before it is live. Calls nobody and changes nothing.',
    authScopes: { may: 'simulatePolicy' },
    complexity: SIMULATE_COMPLEXITY,
    args: {
      input: t.arg({
        type: SimulatePolicyInput,
        required: true,
        description: 'Which calls, and which policy.',
      }),
    },
    resolve: (_, { input: { tenantId, policy, since, until, limit } }, { viewer, services }) =>
      SimulatePolicyResult.resolve(() => {
        const range = { since: since.getTime(), until: until?.getTime() ?? null, limit: limit ?? null };
        const of = requireTenantId(viewer, tenantId);
        const { reads } = services.database;
        return reads.heavy(viewer.tenantId, () =>
          services.simulations.simulate(reads.of(viewer.tenantId), of, { policy, ...range }),
        );
      }),
  }),
);
