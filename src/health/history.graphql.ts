import { builder } from '../graphql/builder.ts';
import { InvocationStatusRef } from '../graphql/enums.ts';
import { ModelRef } from '../graphql/refs.ts';
import { requirePrintable } from '../graphql/require-printable.ts';
import { modelKey } from '../providers/model-key.ts';
import { InvalidInputError } from '../system/expected-error.ts';
import { MOST_BUCKETS, type HealthBucket, type HealthSummary, type HealthWindow } from './history.ts';

const windowMeanings: Readonly<Record<HealthWindow, string>> = {
  LAST_15_MINUTES: 'The last quarter of an hour.',
  LAST_HOUR: 'The last hour.',
  LAST_DAY: 'The last 24 hours.',
  LAST_WEEK: 'The last seven days.',
};

const HealthWindowRef = builder.enumType('HealthWindow', {
  description: 'The time back from now over which health checks are summed up.',
  values: Object.fromEntries(
    Object.entries(windowMeanings).map(([value, description]) => [value, { value, description }]),
  ) as Record<HealthWindow, { value: HealthWindow; description: string }>,
});

const figures = {
  count: 'Health checks; calls of users are not among them.',
  successRatio: 'The part of them that was answered, 0..1; null without checks.',
  latency: (percent: number) =>
    `So many milliseconds or fewer took ${percent} % of those that were answered or timed out; null without any.`,
} as const;

const HealthSummaryRef = builder.objectRef<HealthSummary>('HealthSummary').implement({
  description:
    'What the probes of one model have shown. They are attempts at providers of Switchyard’s own, and never mixed with calls of users, of which decisions tell.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: figures.count }),
    successRatio: t.exposeFloat('successRatio', { nullable: true, description: figures.successRatio }),
    p50LatencyMs: t.exposeFloat('p50LatencyMs', { nullable: true, description: figures.latency(50) }),
    p95LatencyMs: t.exposeFloat('p95LatencyMs', { nullable: true, description: figures.latency(95) }),
    p99LatencyMs: t.exposeFloat('p99LatencyMs', { nullable: true, description: figures.latency(99) }),
    lastProbedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the last one was made, in the window or before it.',
      resolve: ({ lastProbedAt }) => lastProbedAt,
    }),
    lastOutcome: t.field({
      type: InvocationStatusRef,
      nullable: true,
      description: 'How that one ended.',
      resolve: ({ lastOutcome }) => lastOutcome,
    }),
  }),
});

const HealthBucketRef = builder.objectRef<HealthBucket>('HealthBucket').implement({
  description: 'What the probes of one model have shown in one part of a window.',
  fields: (t) => ({
    startsAt: t.field({
      type: 'DateTime',
      description: 'Its beginning; it ends where the next one begins.',
      resolve: ({ startsAt }) => startsAt,
    }),
    count: t.exposeInt('count', { description: figures.count }),
    successRatio: t.exposeFloat('successRatio', { nullable: true, description: figures.successRatio }),
    p50LatencyMs: t.exposeFloat('p50LatencyMs', { nullable: true, description: figures.latency(50) }),
    p95LatencyMs: t.exposeFloat('p95LatencyMs', { nullable: true, description: figures.latency(95) }),
    p99LatencyMs: t.exposeFloat('p99LatencyMs', { nullable: true, description: figures.latency(99) }),
  }),
});

builder.objectField(ModelRef, 'health', (t) =>
  t.field({
    type: HealthSummaryRef,
    nullable: true,
    description: 'What its probes have shown; null when none is kept.',
    args: {
      window: t.arg({ type: HealthWindowRef, defaultValue: 'LAST_HOUR', description: 'Back from now.' }),
    },
    resolve: ({ providerSlug, slug }, { window }, { services }) =>
      services.health.history.summaryOf(modelKey(providerSlug, slug), window ?? 'LAST_HOUR'),
  }),
);

builder.queryField('healthSeries', (t) =>
  t.field({
    type: [HealthBucketRef],
    nullable: true,
    description:
      'What the probes of one model have shown, in equal parts of a window, the oldest first. The bounds are whole multiples of a part’s length, so that the last part is still growing.',
    authScopes: { may: 'readCatalog' },
    complexity: ({ buckets }) => ({
      field: 1,
      multiplier: Math.min(Math.max(1, buckets ?? 60), MOST_BUCKETS),
    }),
    args: {
      providerSlug: t.arg.string({ required: true, description: 'The model’s provider.' }),
      modelSlug: t.arg.string({ required: true, description: 'The model’s name at its provider.' }),
      window: t.arg({
        type: HealthWindowRef,
        required: true,
        defaultValue: 'LAST_HOUR',
        description: 'Back from now.',
      }),
      buckets: t.arg.int({ defaultValue: 60, description: `How many parts, 1..${MOST_BUCKETS}.` }),
    },
    resolve: async (_, { providerSlug, modelSlug, window, buckets }, { services }) => {
      requirePrintable({ providerSlug, modelSlug });
      const parts = buckets ?? 60;
      if (parts < 1 || parts > MOST_BUCKETS)
        throw new InvalidInputError([{ path: ['buckets'], message: `must be 1..${MOST_BUCKETS}` }]);
      return [...(await services.health.history.series({ providerSlug, modelSlug }, window, parts))];
    },
  }),
);
