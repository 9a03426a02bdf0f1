import { builder } from '../../graphql/builder.ts';
import {
  connectionArgs,
  connectionComplexity,
  defineConnection,
  defineHeadCursor,
  pageRequest,
  toPage,
  type FollowablePage,
} from '../../graphql/connection.ts';
import { BreakerModeRef, BreakerStateRef } from '../../graphql/enums.ts';
import { openStream } from '../../graphql/open-stream.ts';
import { forOperators, seesOperations } from '../../graphql/operations.ts';
import { requirePrintable } from '../../graphql/require-printable.ts';
import { lostCursor } from '../../events/lost-cursor.ts';
import type { Place } from '../../events/resume.ts';
import { InvalidInputError } from '../../system/expected-error.ts';
import type { BreakerMode, BreakerState } from '../rule/breaker.ts';
import { decodeTransitionCursor, encodeTransitionCursor, transitionPlace } from './transition-cursor.ts';
import { ALL_TRANSITIONS } from './transition-feed.service.ts';
import {
  holdsTransition,
  listTransitions,
  readTransitionHead,
  type TransitionRow,
} from './transition.store.ts';

const BreakerTransitionRef = builder.prismaNode('BreakerTransition', {
  description: 'One step of a circuit breaker. Kept for 90 days.',
  authScopes: { may: 'readCatalog' },
  nullable: true,
  id: { resolve: ({ seq }) => String(seq), description: 'The transition’s global id.' },
  findUnique: (id) => ({ seq: /^\d{1,18}$/.test(id) ? BigInt(id) : 0n }),
  fields: (t) => ({
    cursor: t.string({
      description: 'Its place among all transitions: what `after` takes, here and in subscriptions.',
      resolve: (row) => encodeTransitionCursor(transitionPlace(row)),
    }),
    providerSlug: t.exposeString('providerSlug', { description: 'The model’s provider.' }),
    modelSlug: t.exposeString('modelSlug', { description: 'The model’s name at its provider.' }),
    actor: t.string({
      nullable: true,
      ...forOperators,
      description:
        'Who brought it about: `key:<id>` for an operator’s API key; null for the breaker itself, and for others than ADMIN.',
      resolve: ({ actor }, _, { viewer }) => (seesOperations(viewer) ? actor : null),
    }),
    from: t.field({
      type: BreakerStateRef,
      description: 'The state before it.',
      resolve: (row) => row.from as BreakerState,
    }),
    to: t.field({
      type: BreakerStateRef,
      description: 'The state after it.',
      resolve: (row) => row.to as BreakerState,
    }),
    mode: t.field({
      type: BreakerModeRef,
      description: 'Who decides since then.',
      resolve: (row) => row.mode as BreakerMode,
    }),
    reason: t.string({
      ...forOperators,
      description: 'Why, in a few words. An operator’s own are for ADMIN; others are told that it was one.',
      resolve: ({ actor, reason }, _, { viewer }) =>
        actor === null || seesOperations(viewer) ? reason : 'An operator changed it.',
    }),
    generation: t.exposeInt('generation', { description: 'The generation that it began.' }),
    at: t.field({
      type: 'DateTime',
      description: 'When, by the clock of the database.',
      resolve: ({ at }) => at,
    }),
  }),
});

const BreakerTransitionConnection = defineConnection<TransitionRow>(
  'BreakerTransition',
  BreakerTransitionRef,
);

defineHeadCursor(
  BreakerTransitionConnection,
  'Stood after every transition when this page was read: follow the changes from here.',
);

builder.queryField('breakerTransitions', (t) =>
  t.field({
    type: BreakerTransitionConnection,
    nullable: true,
    description: 'What breakers have gone through, newest first.',
    authScopes: { may: 'readCatalog' },
    complexity: connectionComplexity,
    args: {
      providerSlug: t.arg.string({ description: 'Only of this provider’s models.' }),
      modelSlug: t.arg.string({ description: 'Only of models of this name.' }),
      ...connectionArgs,
    },
    resolve: async (_, args, { viewer, services }): Promise<FollowablePage<TransitionRow>> => {
      const page = pageRequest(args);
      const { providerSlug = null, modelSlug = null } = args;
      requirePrintable({ providerSlug, modelSlug });
      const db = services.database.reads.of(viewer.tenantId);
      const before = placeOf(page.after);
      if (before !== null && before.seq > 0 && !(await holdsTransition(db, before))) throw lostCursor();
      // Read before the page: what comes in between is on the page and comes again, instead of never.
      const head = await readTransitionHead(db);
      const rows = await listTransitions(
        db,
        { providerSlug, modelSlug },
        before?.seq ?? null,
        page.first + 1,
      );
      return {
        ...toPage(page, rows, (row) => encodeTransitionCursor(transitionPlace(row))),
        headCursor: encodeTransitionCursor(head),
      };
    },
  }),
);

builder.subscriptionField('breakerTransitions', (t) =>
  t.field({
    type: BreakerTransitionRef,
    description:
      'Every transition, in order. With `after`, first what was missed since that cursor, then live, without gap or duplicate.',
    authScopes: { may: 'subscribe' },
    args: {
      providerSlug: t.arg.string({ description: 'Only of this provider’s models.' }),
      modelSlug: t.arg.string({ description: 'Only of models of this name.' }),
      after: t.arg.string({
        description:
          'The `cursor` of the last transition that was seen, or a list’s `headCursor`. CURSOR_EXPIRED: what followed it is not kept any more, or it stands for none that there is.',
      }),
    },
    subscribe: async (_root, { providerSlug, modelSlug, after }, context) => {
      requirePrintable({ providerSlug, modelSlug });
      const source = await context.services.transitionFeed.follow({
        key: ALL_TRANSITIONS,
        after: placeOf(after ?? null),
        isRelevant: (row) =>
          (providerSlug == null || row.providerSlug === providerSlug) &&
          (modelSlug == null || row.modelSlug === modelSlug),
      });
      return openStream(context, source);
    },
    resolve: (row) => row,
  }),
);

function placeOf(after: string | null): Place | null {
  const place = after === null ? null : decodeTransitionCursor(after);
  if (place !== undefined) return place;
  throw new InvalidInputError([{ path: ['after'], message: 'is no cursor of this list' }]);
}
