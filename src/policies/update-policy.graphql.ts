import type { CatalogView } from '../catalog/catalog-view.ts';
import { unknownModels } from '../catalog/unknown-models.ts';
import { builder, type SchemaTypes } from '../graphql/builder.ts';
import { PolicyNameRef } from '../graphql/enums.ts';
import { RoutingPolicyInputRef, TenantRoutingPolicyRef } from '../graphql/refs.ts';
import { defineResult } from '../graphql/result.ts';
import { requireTenantId } from '../tenants/viewer-scope.ts';
import { actorOf } from '../tenants/viewer.ts';
import type { TenantPolicy } from './policy.ts';

/** What can be chosen of a policy. */
const policyFields = (t: InputFields) => ({
  policyName: t.field({ type: PolicyNameRef, description: 'The preset to begin with.' }),
  qualityWeight: t.float({
    description: '0..1, at most two decimals. The three weights must sum to exactly 1.',
  }),
  latencyWeight: t.float({ description: '0..1, at most two decimals.' }),
  costWeight: t.float({ description: '0..1, at most two decimals.' }),
  fallbackEnabled: t.boolean({ description: 'False under STRICT_NO_FALLBACK.' }),
  fallbackCostPenaltyPct: t.float({ description: '0..100, at most two decimals.' }),
  complianceVetoThreshold: t.float({ description: '0..1, at most two decimals.' }),
  nearEqualMargin: t.float({
    description:
      '0..0.2, at most two decimals: models whose scores lie less than this below the best share the first place; 0: always the best.',
  }),
  maxAttempts: t.int({ description: '1..10.' }),
  timeoutMs: t.int({ description: '100..600000.' }),
  allowedModels: t.stringList({ description: '`provider/model` or `provider/*`; empty allows all.' }),
  deniedModels: t.stringList({ description: '`provider/model` or `provider/*`; deny wins.' }),
});

type InputFields = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>;

builder.inputType(RoutingPolicyInputRef, {
  description:
    'A policy that is not the tenant’s, told by what would be different. An absent field is as the tenant’s policy has it; `policyName` brings its preset’s weights, fallback and margin, those sent along stand in their place.',
  fields: policyFields,
});

const UpdateTenantPolicyInput = builder.inputType('UpdateTenantPolicyInput', {
  description:
    'What to change of a policy. An absent field keeps its value, null empties a list, lists are replaced; `policyName` brings its preset’s weights, fallback and margin, those sent along stand in their place.',
  fields: (t) => ({
    tenantId: t.globalID({ description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.' }),
    version: t.int({
      required: true,
      description: 'The version that was read: Conflict when it is another by now.',
    }),
    ...policyFields(t),
  }),
});

const UpdateTenantPolicyPayload = builder
  .objectRef<{ readonly policy: TenantPolicy }>('UpdateTenantPolicyPayload')
  .implement({
    description: 'The change is live and on record.',
    fields: (t) => ({
      policy: t.expose('policy', { type: TenantRoutingPolicyRef, description: 'The policy as it is now.' }),
      warnings: t.stringList({
        description:
          'What is perhaps a mistake although it is allowed: names in its lists that no model of the catalog has.',
        resolve: ({ policy }, _, { services }) => warningsOf(policy, services.catalog.view()),
      }),
    }),
  });

function warningsOf({ allowedModels, deniedModels }: TenantPolicy, catalog: CatalogView): string[] {
  return Object.entries({ allowedModels, deniedModels }).flatMap(([list, patterns]) =>
    unknownModels(catalog, patterns).map(
      ({ index, message }) => `${list}.${index}: ${patterns[index] ?? ''} ${message}`,
    ),
  );
}

const UpdateTenantPolicyResult = defineResult(
  'UpdateTenantPolicyResult',
  'What came of an update of a policy.',
  UpdateTenantPolicyPayload,
  ['Unavailable', 'InvalidInput', 'NotFound', 'Conflict'],
);

builder.mutationField('updateTenantPolicy', (t) =>
  t.field({
    type: UpdateTenantPolicyResult.type,
    description: 'Changes a tenant’s policy for every call from now on.',
    authScopes: { may: 'changePolicy' },
    args: { input: t.arg({ type: UpdateTenantPolicyInput, required: true, description: 'What to change.' }) },
    resolve: (_, { input: { tenantId: named, version, ...patch } }, { viewer, services }) =>
      UpdateTenantPolicyResult.resolve(async () => {
        const tenantId = requireTenantId(viewer, named);
        return { policy: await services.policies.update(actorOf(viewer), tenantId, version, patch) };
      }),
  }),
);
