import { builder } from '../../graphql/builder.ts';
import { openStream } from '../../graphql/open-stream.ts';
import { RoutingDecisionRef } from '../../graphql/refs.ts';
import type { Place } from '../../events/resume.ts';
import { InvalidInputError } from '../../system/expected-error.ts';
import { requireTenantId } from '../../tenants/viewer-scope.ts';
import { decodeDecisionCursor } from './decision-cursor.ts';
import { viewDecision } from './decision-view.ts';
import { decisionPlace } from './decision.store.ts';

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
        description:
          'The `cursor` of the last decision that was seen, or a list’s `headCursor`. CURSOR_EXPIRED: no decision of this tenant ended there.',
      }),
    },
    subscribe: async (_root, { tenantId: named, after }, context) => {
      const tenantId = requireTenantId(context.viewer, named);
      const source = await context.services.decisionFeed.follow({
        key: tenantId,
        after: after == null ? null : requirePlace(after),
        isRelevant: (decision) => decision.tenantId === tenantId,
      });
      return openStream(context, source);
    },
    resolve: (decision) => viewDecision(decision),
  }),
);

function requirePlace(after: string): Place {
  const cursor = decodeDecisionCursor(after);
  if (cursor !== undefined && Number.isSafeInteger(cursor.auditSeq)) return decisionPlace(cursor);
  throw new InvalidInputError([{ path: ['after'], message: 'is no cursor of a decision that has ended' }]);
}
