import type { CatalogView, ModelView, ProviderView } from './catalog-view.ts';
import { refusalUnder, type CallRules, type PolicyRefusal } from './policy-refusal.ts';

/** What a change leaves to be done before anybody is called, a sentence each; the change itself is made. */
export type Warnings = readonly string[];

/** Why a model will not be called although it is in the catalog; empty: somebody's policy would call it. */
export function warningsOfModel(catalog: CatalogView, key: string, policies: Iterable<CallRules>): Warnings {
  const view = catalog.model(key);
  const provider = view && catalog.provider(view.provider.slug);
  if (view === undefined || provider === undefined) return [];
  const refusal = commonRefusal(view, judgesOf(policies));
  return [
    ...(view.model.enabled ? [] : ['the model is switched off']),
    ...warningsOfCapabilities(view),
    ...warningsOfState(provider),
    ...(refusal === null ? [] : [`no policy of this deployment would call this model: ${refusal}`]),
  ];
}

/** Why no model of a provider will be called; empty: one would be, or there is none yet. */
export function warningsOfProvider(
  catalog: CatalogView,
  slug: string,
  policies: Iterable<CallRules>,
): Warnings {
  const view = catalog.provider(slug);
  if (view === undefined) return [];
  const judges = judgesOf(policies);
  const refused = view.models
    .filter(({ model }) => model.archivedAt === null)
    .map((model) => ({ key: model.key, refusal: commonRefusal(model, judges) }));
  const [first] = refused;
  const isInVain = first !== undefined && refused.every(({ refusal }) => refusal !== null);
  return [
    ...warningsOfState(view),
    ...(isInVain
      ? [
          `no policy of this deployment would call a model of this provider: ${first.key}: ${first.refusal ?? ''}`,
        ]
      : []),
  ];
}

/** What a model was said to be able to do, and cannot be asked for through its provider's adapter. */
function warningsOfCapabilities({ model, facts, provider }: ModelView): Warnings {
  const unaskable = model.capabilities.filter((capability) => !facts.capabilities.includes(capability));
  return unaskable.length === 0
    ? []
    : [`no call counts on ${unaskable.join(', ')}: ${provider.adapter} cannot be asked for it of this model`];
}

function warningsOfState(view: ProviderView): Warnings {
  const { enabled, archivedAt, credentialName } = view.provider;
  const missing = view.hasCredentials || credentialName === null ? null : `${credentialName} ${lackOf(view)}`;
  return [
    ...(archivedAt === null ? [] : ['the provider is archived']),
    ...(enabled ? [] : ['the provider is switched off']),
    ...(missing === null ? [] : [`the provider cannot be called: ${missing}`]),
  ];
}

/** What is the matter with a credential that a provider names and does not have. */
export function lackOf({ isCredentialBound }: Pick<ProviderView, 'isCredentialBound'>): string {
  return isCredentialBound
    ? 'is neither set nor a mounted file'
    : 'may not be sent to its host, unless SWITCHYARD_CREDENTIAL_HOSTS says so';
}

interface Judge {
  readonly rules: CallRules;
  readonly refusalOf: ReturnType<typeof refusalUnder>;
}

/** Policies made ready to judge many models; most tenants share their rules, and each set of rules is asked once. */
function judgesOf(policies: Iterable<CallRules>): readonly Judge[] {
  const judges = new Map<string, Judge>();
  for (const rules of policies) {
    const { allowedModels, deniedModels, complianceVetoThresholdPct } = rules;
    const name = JSON.stringify([allowedModels, deniedModels, complianceVetoThresholdPct]);
    if (!judges.has(name)) judges.set(name, { rules, refusalOf: refusalUnder(rules) });
  }
  return [...judges.values()];
}

/** Why every policy refuses a model, in the words of the one that comes nearest to calling it; null: one does not. */
function commonRefusal({ facts }: ModelView, judges: readonly Judge[]): string | null {
  let nearest: { readonly refusal: PolicyRefusal; readonly thresholdPct: number } | undefined;
  for (const { rules, refusalOf } of judges) {
    const refusal = refusalOf(facts);
    if (refusal === null) return null;
    const thresholdPct = rules.complianceVetoThresholdPct;
    const isNearer =
      nearest?.refusal === refusal
        ? thresholdPct < nearest.thresholdPct
        : nearest === undefined || byNearness.indexOf(refusal) < byNearness.indexOf(nearest.refusal);
    if (isNearer) nearest = { refusal, thresholdPct };
  }
  if (nearest === undefined) return null;
  if (nearest.refusal !== 'compliance') return listWords[nearest.refusal];
  return `compliance ${facts.complianceScorePct / 100} below ${(nearest.thresholdPct / 100).toFixed(2)}`;
}

/** Where a score is all that is missing comes first. */
const byNearness: readonly PolicyRefusal[] = ['compliance', 'not_allowed', 'denied'];

const listWords = {
  denied: 'it is among the models that they deny',
  not_allowed: 'it is not among the models that they allow',
} as const;
