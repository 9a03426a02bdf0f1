import { builder } from '../graphql/builder.ts';
import { openStream } from '../graphql/open-stream.ts';
import { CircuitBreakerRef } from '../graphql/refs.ts';
import { requirePrintable } from '../graphql/require-printable.ts';
import { splitModelKey } from '../providers/model-key.ts';

builder.subscriptionField('circuitBreakers', (t) =>
  t.field({
    type: CircuitBreakerRef,
    description:
      'The present state of every breaker first, then each change: of each breaker the latest state, so that a slow client may miss those between.',
    authScopes: { may: 'subscribe' },
    args: { providerSlug: t.arg.string({ description: 'Only this provider’s.' }) },
    subscribe: async (_root, { providerSlug }, context) => {
      requirePrintable({ providerSlug });
      const source = await context.services.breakerChanges.watch({
        isRelevant: (key) => providerSlug == null || splitModelKey(key)?.providerSlug === providerSlug,
        withPresent: true,
      });
      return openStream(context, source);
    },
    resolve: (view) => view,
  }),
);
