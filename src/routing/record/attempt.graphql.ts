import { builder } from '../../graphql/builder.ts';
import { FailureClassRef, InvocationStatusRef } from '../../graphql/enums.ts';
import { AttemptRef, UsageRef } from '../../graphql/refs.ts';

builder.objectType(AttemptRef, {
  description: 'One call of a provider.',
  fields: (t) => ({
    position: t.exposeInt('position', { description: 'From 1, retries included.' }),
    providerSlug: t.exposeString('providerSlug', { description: 'The provider that was called.' }),
    modelSlug: t.exposeString('modelSlug', { description: 'The model that was called.' }),
    status: t.expose('status', {
      type: InvocationStatusRef,
      nullable: true,
      description: 'How it ended; null when the caller went away first.',
    }),
    failureClass: t.expose('failureClass', {
      type: FailureClassRef,
      nullable: true,
      description: 'How it failed; null when it did not.',
    }),
    message: t.exposeString('message', { nullable: true, description: 'How it failed, for people.' }),
    httpStatus: t.exposeInt('httpStatus', {
      nullable: true,
      description: 'The status of the provider’s response when it failed; null when there was none.',
    }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'When it was sent.',
      resolve: ({ startedAt }) => startedAt,
    }),
    latencyMs: t.exposeInt('latencyMs', { description: 'How long it took.' }),
    timeToFirstTokenMs: t.exposeInt('timeToFirstTokenMs', {
      nullable: true,
      description: 'How long until the first token; null when it was not streamed.',
    }),
    retryAfterMs: t.exposeInt('retryAfterMs', {
      nullable: true,
      description: 'How long the provider asked to be left alone.',
    }),
    notices: t.stringList({
      description: 'What of the request was adapted to what the model takes, a sentence each.',
      resolve: ({ notices = [] }) => [...notices],
    }),
    usage: t.field({
      type: UsageRef,
      nullable: true,
      description: 'What it used; null when nothing came of which anybody knows what it took.',
      resolve: ({ usage, costMicroUsd }) => usage && { ...usage, costMicroUsd: costMicroUsd ?? 0 },
    }),
  }),
});
