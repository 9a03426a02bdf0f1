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
import { requirePrintable } from '../../graphql/require-printable.ts';
import { InvalidInputError } from '../../system/expected-error.ts';
import type { BreakerMode, BreakerState } from '../rule/breaker.ts';
import { decodeTransitionCursor, encodeTransitionCursor } from './transition-cursor.ts';
import { ALL_TRANSITIONS } from './transition-feed.service.ts';
import { listTransitions, readTransitionHead, type TransitionRow } from './transition.store.ts';

const BreakerTransitionRef = builder.prismaNode('BreakerTransition', {
  description: 'One step of a circuit breaker. Kept for 90 days.',
  authScopes: { may: 'readCatalog' },
  nullable: true,
  id: { resolve: ({ seq }) => String(seq), description: 'The transition’s global id.' },
  findUnique: (id) => ({ seq: /^\d{1,18}$/.test(id) ? BigInt(id) : 0n }),
  fields: (t) => ({
    cursor: t.string({
      description: 'Its place among all transitions: what `after` takes, here and in subscriptions.',
      resolve: ({ seq }) => encodeTransitionCursor(seq),
    }),
    providerSlug: t.exposeString('providerSlug', { description: 'The model’s provider.' }),
    modelSlug: t.exposeString('modelSlug', { description: 'The model’s name at its provider.' }),
    actor: t.exposeString('actor', {
      nullable: true,
      description: 'Who brought it about: `key:<id>` for an operator’s API key; null for the breaker itself.',
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
    reason: t.exposeString('reason', { description: 'Why, in a few words.' }),
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
    resolve: async (_, args, { services }): Promise<FollowablePage<TransitionRow>> => {
      const page = pageRequest(args);
      const { providerSlug = null, modelSlug = null } = args;
      requirePrintable({ providerSlug, modelSlug });
      const db = services.database.prisma;
      const beforeSeq = cursorSeq(page.after);
      // Read before the page: what comes in between is on the page and comes again, instead of never.
      const head = await readTransitionHead(db);
      const rows = await listTransitions(db, { providerSlug, modelSlug }, beforeSeq, page.first + 1);
      return {
        ...toPage(page, rows, ({ seq }) => encodeTransitionCursor(seq)),
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
          'The `cursor` of the last transition that was seen, or a list’s `headCursor`. CURSOR_EXPIRED: what followed it is not kept any more.',
      }),
    },
    subscribe: async (_root, { providerSlug, modelSlug, after }, context) => {
      requirePrintable({ providerSlug, modelSlug });
      const source = await context.services.transitionFeed.follow({
        key: ALL_TRANSITIONS,
        after: toNumber(cursorSeq(after ?? null)),
        isRelevant: (row) =>
          (providerSlug == null || row.providerSlug === providerSlug) &&
          (modelSlug == null || row.modelSlug === modelSlug),
      });
      return openStream(context, source);
    },
    resolve: (row) => row,
  }),
);

function cursorSeq(after: string | null): bigint | null {
  const seq = after === null ? null : decodeTransitionCursor(after);
  if (seq === undefined)
    throw new InvalidInputError([{ path: ['after'], message: 'is no cursor of this list' }]);
  return seq;
}

function toNumber(seq: bigint | null): number | null {
  return seq === null ? null : Number(seq);
}
