import { PLATFORM_TENANT_ID } from '../audit/entry.ts';
import { builder } from '../graphql/builder.ts';
import { PolicyNameRef } from '../graphql/enums.ts';
import { TenantRoutingPolicyRef } from '../graphql/refs.ts';
import { NotFoundError } from '../system/expected-error.ts';
import { fromScaledInteger } from '../system/input/decimal.ts';
import { isInScope, resolveTenantId } from '../tenants/viewer-scope.ts';
import { policyNames, type PolicyName, type TenantPolicy } from './policy.ts';
import { policyPresets, type PolicyPreset } from './presets.ts';

builder.node(TenantRoutingPolicyRef, {
  description: 'How a tenant’s calls are routed. A request may narrow it, never widen it.',
  authScopes: { may: 'readTenant' },
  id: { resolve: (policy) => policy.tenantId, description: 'The policy’s global id.' },
  loadOne: (tenantId, { viewer, services }) =>
    isInScope(viewer, tenantId) ? services.policies.find(tenantId) : null,
  fields: (t) => ({
    tenant: t.prismaField({
      type: 'Tenant',
      description: 'Whose policy it is.',
      resolve: (query, { tenantId }, _, { viewer, services }) =>
        services.database.reads
          .of(viewer.tenantId)
          .tenant.findUniqueOrThrow({ ...query, where: { id: tenantId } }),
    }),
    policyName: t.expose('policyName', { type: PolicyNameRef, description: 'The preset it began with.' }),
    qualityWeight: t.float({
      description: 'How much the quality of answers counts, 0..1; the three weights sum to 1.',
      resolve: (policy) => fromScaledInteger(policy.qualityWeightPct, 2),
    }),
    latencyWeight: t.float({
      description: 'How much speed counts, 0..1.',
      resolve: (policy) => fromScaledInteger(policy.latencyWeightPct, 2),
    }),
    costWeight: t.float({
      description: 'How much cheapness counts, 0..1.',
      resolve: (policy) => fromScaledInteger(policy.costWeightPct, 2),
    }),
    fallbackEnabled: t.exposeBoolean('fallbackEnabled', {
      description: 'Whether another model is tried when the first choice fails.',
    }),
    fallbackCostPenaltyPct: t.float({
      description:
        'By how many percent the score of a fallback that costs more than the first choice is lowered.',
      resolve: (policy) => fromScaledInteger(policy.fallbackCostPenaltyBps, 2),
    }),
    complianceVetoThreshold: t.float({
      description: 'Models with a lower compliance score are never called, whatever the weights.',
      resolve: (policy) => fromScaledInteger(policy.complianceVetoThresholdPct, 2),
    }),
    nearEqualMargin: t.float({
      description:
        'Models whose scores lie less than this below the best share the first place, the likelier the nearer (`firstShare`); 0: always the best.',
      resolve: (policy) => fromScaledInteger(policy.nearEqualMarginPct, 2),
    }),
    maxAttempts: t.exposeInt('maxAttempts', {
      description: 'Provider calls per routed call, retries included.',
    }),
    timeoutMs: t.exposeInt('timeoutMs', { description: 'The most time a routed call may take.' }),
    allowedModels: t.stringList({
      description: 'Models that may be called, `provider/model` or `provider/*`; empty: all.',
      resolve: (policy) => [...policy.allowedModels],
    }),
    deniedModels: t.stringList({
      description: 'Models that may not be called, although allowed.',
      resolve: (policy) => [...policy.deniedModels],
    }),
    version: t.exposeInt('version', {
      description: 'Rises with each change: an update names the one it read.',
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it was changed last.',
      resolve: (policy) => policy.updatedAt,
    }),
  }),
});

/** Nothing is routed for the platform. The type has no place for "none", so it shows one that denies whatever there is. */
const policyOfPlatform: TenantPolicy = {
  ...policyPresets.strict_no_fallback,
  policyName: 'strict_no_fallback',
  fallbackCostPenaltyBps: 0,
  complianceVetoThresholdPct: 100,
  maxAttempts: 1,
  timeoutMs: 100,
  allowedModels: [],
  deniedModels: [],
  version: 0,
  tenantId: PLATFORM_TENANT_ID,
  updatedAt: 0,
};

builder.prismaObjectField('Tenant', 'policy', (t) =>
  t.field({
    type: TenantRoutingPolicyRef,
    description: 'How its calls are routed; of `platform`, for which nothing is routed, one of version 0.',
    resolve: async ({ id }, _, { services }) => {
      if (id === PLATFORM_TENANT_ID) return policyOfPlatform;
      const policy = await services.policies.find(id);
      // It goes with its tenant, which was there when it was read.
      if (policy === undefined) throw new NotFoundError('The tenant is not there any more.');
      return policy;
    },
  }),
);

builder.queryField('tenantPolicy', (t) =>
  t.field({
    type: TenantRoutingPolicyRef,
    nullable: true,
    description: 'A tenant’s policy; null when the tenant is not there, or not the caller’s to see.',
    authScopes: { may: 'readTenant' },
    args: {
      tenantId: t.arg.globalID({
        description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.',
      }),
    },
    resolve: (_, { tenantId: named }, { viewer, services }) => {
      const tenantId = resolveTenantId(viewer, named);
      return tenantId === undefined ? null : services.policies.find(tenantId);
    },
  }),
);

const PolicyPresetRef = builder
  .objectRef<PolicyPreset & { readonly name: PolicyName }>('PolicyPreset')
  .implement({
    description: 'What choosing a policy by its name brings with it.',
    fields: (t) => ({
      name: t.expose('name', { type: PolicyNameRef, description: 'Its name.' }),
      qualityWeight: t.float({
        description: 'Its weight of quality, 0..1.',
        resolve: (preset) => fromScaledInteger(preset.qualityWeightPct, 2),
      }),
      latencyWeight: t.float({
        description: 'Its weight of speed, 0..1.',
        resolve: (preset) => fromScaledInteger(preset.latencyWeightPct, 2),
      }),
      costWeight: t.float({
        description: 'Its weight of cheapness, 0..1.',
        resolve: (preset) => fromScaledInteger(preset.costWeightPct, 2),
      }),
      fallbackEnabled: t.exposeBoolean('fallbackEnabled', {
        description: 'Whether another model is tried when the first choice fails.',
      }),
      nearEqualMargin: t.float({
        description: 'How far below the best score a model still shares the first place; 0: not at all.',
        resolve: (preset) => fromScaledInteger(preset.nearEqualMarginPct, 2),
      }),
      description: t.exposeString('description', { description: 'What it is good for, in a sentence.' }),
    }),
  });

builder.queryField('policyPresets', (t) =>
  t.field({
    type: [PolicyPresetRef],
    description: 'The named starting points of a policy.',
    authScopes: { may: 'useApi' },
    resolve: () => policyNames.map((name) => ({ name, ...policyPresets[name] })),
  }),
);
