import { builder } from '../graphql/builder.ts';
import { openStream } from '../graphql/open-stream.ts';
import { TenantRoutingPolicyRef } from '../graphql/refs.ts';
import { noSuchTenant, requireTenantId } from '../tenants/viewer-scope.ts';

builder.subscriptionField('policyChanged', (t) =>
  t.field({
    type: TenantRoutingPolicyRef,
    description:
      'A tenant’s policy after each change: the latest, so that a slow client may miss those between.',
    authScopes: { may: 'subscribe' },
    args: {
      tenantId: t.arg.globalID({
        description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.',
      }),
    },
    subscribe: async (_root, { tenantId: named }, context) => {
      const { policies, policyChanges } = context.services;
      const tenantId = requireTenantId(context.viewer, named);
      if ((await policies.find(tenantId)) === undefined) throw noSuchTenant();
      const isRelevant = (key: string) => key === tenantId;
      return openStream(context, await policyChanges.watch({ isRelevant, withPresent: false }));
    },
    resolve: (policy) => policy,
  }),
);
