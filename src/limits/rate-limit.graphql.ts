import { builder } from '../graphql/builder.ts';
import { ModelRef } from '../graphql/refs.ts';
import { modelKey } from '../providers/model-key.ts';
import type { ProviderLimits } from './provider-limits.service.ts';

const RateLimitStateRef = builder
  .objectRef<NonNullable<ReturnType<ProviderLimits['stateOf']>>>('RateLimitState')
  .implement({
    description:
      'What is left of the calls and tokens that a model’s provider takes, as the instance that answers knows it. Of what the provider advertises and what is configured, the tighter is shown; null: neither is known.',
    fields: (t) => ({
      remainingRequests: t.exposeInt('remainingRequests', {
        nullable: true,
        description: 'Calls that are left, lowered by those sent since the provider told.',
      }),
      limitRequests: t.exposeInt('limitRequests', {
        nullable: true,
        description: 'Calls that are allowed from one reset to the next.',
      }),
      remainingTokens: t.exposeInt('remainingTokens', {
        nullable: true,
        description: 'Tokens that are left, lowered by what calls sent since may use.',
      }),
      limitTokens: t.exposeInt('limitTokens', {
        nullable: true,
        description: 'Tokens that are allowed from one reset to the next.',
      }),
      resetAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the provider says that all of this is full again; null when it does not say.',
        resolve: ({ asOf, resetMs }) => (resetMs === null ? null : asOf + resetMs),
      }),
      coolingUntil: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Until when the model is not called because its provider refused a call with 429.',
        resolve: ({ asOf, coolingMs }) => (coolingMs === null ? null : asOf + coolingMs),
      }),
      headroom: t.float({
        description: '0..1, a factor of scores: 1 while more than a fifth of calls and tokens is left.',
        resolve: ({ headroomPermille }) => headroomPermille / 1000,
      }),
    }),
  });

builder.objectField(ModelRef, 'rateLimit', (t) =>
  t.field({
    type: RateLimitStateRef,
    nullable: true,
    description: 'What is left of its provider’s allowance; null while nothing is known.',
    resolve: ({ providerSlug, slug }, _, { services }) =>
      services.providerLimits.stateOf(modelKey(providerSlug, slug)),
  }),
);
