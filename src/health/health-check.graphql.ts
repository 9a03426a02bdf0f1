import { builder } from '../graphql/builder.ts';
import { FailureClassRef, InvocationStatusRef } from '../graphql/enums.ts';
import { openStream } from '../graphql/open-stream.ts';
import { requirePrintable } from '../graphql/require-printable.ts';
import type { InvocationStatus } from '../calls/call.ts';
import type { FailureClass } from '../providers/failure.ts';
import { isUuid, NIL_UUID } from '../system/input/uuid.ts';

const HealthCheckRef = builder.prismaNode('ProviderHealthCheck', {
  name: 'HealthCheck',
  description: 'One look at whether a model answers.',
  authScopes: { may: 'readCatalog' },
  nullable: true,
  id: { field: 'id', description: 'The check’s global id.' },
  findUnique: (id) => ({ id: isUuid(id) ? id : NIL_UUID }),
  fields: (t) => ({
    providerSlug: t.exposeString('providerSlug', { description: 'The model’s provider.' }),
    modelSlug: t.exposeString('modelSlug', { description: 'The model’s name at its provider.' }),
    outcome: t.field({
      type: InvocationStatusRef,
      description: 'How it went.',
      resolve: ({ outcome }) => outcome as InvocationStatus,
    }),
    latencyMs: t.exposeInt('latencyMs', { description: 'How long it took.' }),
    failureClass: t.field({
      type: FailureClassRef,
      nullable: true,
      description: 'How it failed; null when it did not.',
      resolve: ({ failureClass }) => failureClass as FailureClass | null,
    }),
    probedAt: t.field({
      type: 'DateTime',
      description: 'When, by the clock of the database.',
      resolve: ({ probedAt }) => probedAt,
    }),
  }),
});

builder.subscriptionField('healthChecks', (t) =>
  t.field({
    type: HealthCheckRef,
    description: 'Every health check from now on.',
    authScopes: { may: 'subscribe' },
    args: {
      providerSlug: t.arg.string({ description: 'Only of this provider’s models.' }),
      modelSlug: t.arg.string({ description: 'Only of models of this name.' }),
    },
    subscribe: async (_root, { providerSlug, modelSlug }, context) => {
      requirePrintable({ providerSlug, modelSlug });
      const source = await context.services.checkFeed.follow(
        (check) =>
          (providerSlug == null || check.providerSlug === providerSlug) &&
          (modelSlug == null || check.modelSlug === modelSlug),
      );
      return openStream(context, source);
    },
    resolve: (check) => check,
  }),
);
