import { builder } from '../graphql/builder.ts';
import type { RequestContext } from '../graphql/context.ts';
import { RejectionReasonRef } from '../graphql/enums.ts';
import { ModelRef } from '../graphql/refs.ts';
import type { CatalogModel } from '../catalog/model.ts';
import { modelKey } from '../providers/model-key.ts';
import { mayDo } from '../tenants/permissions.ts';
import { availabilityOf, type Availability } from './availability.ts';

const AvailabilityRef = builder.objectRef<Availability>('ModelAvailability').implement({
  description:
    'Whether a model can be called at this moment, as the instance that answers knows it. What a tenant’s policy says of it is that tenant’s: see `previewRoute`.',
  fields: (t) => ({
    isCallable: t.boolean({
      description: 'Whether a call could be sent.',
      resolve: ({ reason }) => reason === null,
    }),
    reason: t.field({
      type: RejectionReasonRef,
      nullable: true,
      description: 'DISABLED, HARD_DOWN, BREAKER_OPEN or RATE_LIMITED; null when it can be called.',
      resolve: ({ reason }) => reason,
    }),
    detail: t.exposeString('detail', {
      nullable: true,
      description: 'The same in a sentence, with the provider’s own words where it gave some.',
    }),
    since: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when; null when it can be called, and when that is not known.',
      resolve: ({ since }) => since,
    }),
    until: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it may be over by itself; null when only an operator can change it.',
      resolve: ({ until }) => until,
    }),
  }),
});

builder.objectField(ModelRef, 'availability', (t) =>
  t.field({
    type: AvailabilityRef,
    description: 'Whether it can be called at this moment, or why not.',
    resolve: (model, _, context) => readAvailability(model, context),
  }),
);

async function readAvailability(
  { providerSlug, slug }: CatalogModel,
  { viewer, services }: RequestContext,
): Promise<Availability> {
  const key = modelKey(providerSlug, slug);
  const view = services.catalog.view().model(key);
  if (view === undefined) throw new Error(`The catalog has lost ${key} while it was read.`);
  const limits = services.providerLimits.measuresOf(key);
  const lastWords =
    limits.hardDownMs === null ? null : await services.health.history.lastWordsOf(providerSlug);
  const breaker = services.breakers.viewOf(key);
  const found = availabilityOf({ view, limits, breaker, lastWords, now: services.health.now() });
  const { credentialName } = view.provider;
  if (view.facts.disabledCause !== 'no_credentials' || credentialName === null) return found;
  // Which secrets an installation has is its operators' to know.
  return mayDo(viewer.roles, 'manageCatalog')
    ? { ...found, detail: `Its provider has no credentials: this instance has no ${credentialName}.` }
    : found;
}
