import { builder } from '../../graphql/builder.ts';
import { openStream } from '../../graphql/open-stream.ts';
import { RoutingDecisionRef } from '../../graphql/refs.ts';
import { InvalidInputError } from '../../system/expected-error.ts';
import { requireTenantId } from '../../tenants/viewer-scope.ts';
import { decodeDecisionCursor } from './decision-cursor.ts';
import { viewDecision } from './decision-view.ts';

builder.subscriptionField('routingDecisions', (t) =>
  t.field({
    type: RoutingDecisionRef,
    description:
      'Every decision of a tenant that has ended, in the order of their ends in its audit chain. With `after`, first what was missed since that cursor, then live, without gap or duplicate. One that was abandoned comes again when its real end is recorded later.',
    authScopes: { may: 'subscribe' },
    args: {
      tenantId: t.arg.globalID({
        description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.',
      }),
      after: t.arg.string({
        description: 'The `cursor` of the last decision that was seen, or a list’s `headCursor`.',
      }),
    },
    subscribe: async (_root, { tenantId: named, after }, context) => {
      const tenantId = requireTenantId(context.viewer, named);
      const source = await context.services.decisionFeed.follow({
        key: tenantId,
        after: after == null ? null : requireSeq(after),
        isRelevant: (decision) => decision.tenantId === tenantId,
      });
      return openStream(context, source);
    },
    resolve: (decision) => viewDecision(decision),
  }),
);

function requireSeq(after: string): number {
  const seq = decodeDecisionCursor(after)?.auditSeq ?? NaN;
  if (Number.isSafeInteger(seq)) return seq;
  throw new InvalidInputError([{ path: ['after'], message: 'is no cursor of a decision that has ended' }]);
}
