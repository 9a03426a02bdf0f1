import type { Bus } from '../events/bus.ts';
import { createChanges, type Changes } from '../events/changes.service.ts';
import type { Timers } from '../system/timers.ts';
import type { PolicyService } from './policy.service.ts';
import type { TenantPolicy } from './policy.ts';

/** Tells subscribers of the policies of tenants, which are their keys. */
export function createPolicyChanges(parts: {
  readonly policies: Pick<PolicyService, 'policyOf' | 'tenantIds' | 'refresh'>;
  readonly bus: Bus;
  readonly timers: Timers;
}): Changes<TenantPolicy> {
  const { policies, bus, timers } = parts;
  return createChanges({
    ...{ bus, timers },
    collection: {
      topic: 'policies',
      refresh: () => policies.refresh(),
      keys: () => policies.tenantIds(),
      find: (tenantId) => policies.policyOf(tenantId),
      versionOf: ({ version }) => version,
    },
  });
}
