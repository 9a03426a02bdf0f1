import { builder } from '../graphql/builder.ts';
import {
  connectionArgs,
  connectionComplexity,
  defineConnection,
  pageRequest,
  toPage,
} from '../graphql/connection.ts';
import { FailureClassRef, InvocationStatusRef } from '../graphql/enums.ts';
import { openStream } from '../graphql/open-stream.ts';
import { requirePrintable } from '../graphql/require-printable.ts';
import type { InvocationStatus } from '../calls/call.ts';
import type { FailureClass } from '../providers/failure.ts';
import { InvalidInputError } from '../system/expected-error.ts';
import { fromScaledInteger } from '../system/input/decimal.ts';
import { isUuid, NIL_UUID } from '../system/input/uuid.ts';
import { decodeCheckCursor, encodeCheckCursor } from './check-cursor.ts';
import { listHealthChecks, type HealthCheckRow } from './health-check.store.ts';

const HealthCheckRef = builder.prismaNode('ProviderHealthCheck', {
  name: 'HealthCheck',
  description:
    'One probe: a short prompt of Switchyard’s own, sent to find out whether a model answers. Calls of users are no checks: decisions tell of those.',
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
    latencyMs: t.exposeInt('latencyMs', { description: 'How long it took; a timeout counts in full.' }),
    costUsd: t.float({
      nullable: true,
      description:
        'What it cost by the catalog’s prices; null for checks that were made before that was kept.',
      resolve: ({ costMicroUsd }) =>
        costMicroUsd === null ? null : fromScaledInteger(Number(costMicroUsd), 6),
    }),
    failureClass: t.field({
      type: FailureClassRef,
      nullable: true,
      description: 'How it failed; null when it did not.',
      resolve: ({ failureClass }) => failureClass as FailureClass | null,
    }),
    message: t.exposeString('message', {
      nullable: true,
      description: 'What the provider said of it, shortened; null when it answered, or said nothing.',
    }),
    probedAt: t.field({
      type: 'DateTime',
      description: 'When, by the clock of the database.',
      resolve: ({ probedAt }) => probedAt,
    }),
  }),
});

const HealthCheckConnection = defineConnection<HealthCheckRow>('HealthCheck', HealthCheckRef);

builder.queryField('healthChecks', (t) =>
  t.field({
    type: HealthCheckConnection,
    nullable: true,
    description: 'Health checks, newest first, as long as they are kept.',
    authScopes: { may: 'readCatalog' },
    complexity: connectionComplexity,
    args: {
      providerSlug: t.arg.string({ description: 'Only of this provider’s models.' }),
      modelSlug: t.arg.string({ description: 'Only of models of this name.' }),
      outcome: t.arg({ type: InvocationStatusRef, description: 'Only those that ended so.' }),
      since: t.arg({ type: 'DateTime', description: 'Only those made at or after.' }),
      ...connectionArgs,
    },
    resolve: async (_, { since, ...args }, { viewer, services }) => {
      const page = pageRequest(args);
      const { providerSlug = null, modelSlug = null, outcome = null } = args;
      requirePrintable({ providerSlug, modelSlug });
      const filter = { providerSlug, modelSlug, outcome, since: since?.getTime() ?? null };
      const place = page.after === null ? null : decodeCheckCursor(page.after);
      if (place === undefined)
        throw new InvalidInputError([{ path: ['after'], message: 'is no cursor of this list' }]);
      const rows = await listHealthChecks(
        services.database.reads.of(viewer.tenantId),
        filter,
        place,
        page.first + 1,
      );
      return toPage(page, rows, ({ probedAt, id }) =>
        encodeCheckCursor({ probedAt: probedAt.getTime(), id }),
      );
    },
  }),
);

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
