import { modelKey } from '../providers/model-key.ts';
import { lacksOf } from '../providers/lacks.ts';
import type { ProviderConnection } from '../providers/provider.ts';
import { secretOf, type ProviderSecrets } from './credentials.ts';
import type { Catalog, CatalogModel, CatalogProvider } from './model.ts';
import { listAt, pricesFor, priceTable, type PriceTable } from './prices/price.ts';
import { plannedCapabilities, type PlannedCapability } from './planned-capabilities.ts';
import { OVERALL_TASK_TYPE } from './revise-ats.ts';
import { traitsOf, type ModelTraits } from './traits.ts';

/** Why a model cannot be called at all at this moment, whoever asks. */
export type DisabledCause =
  | 'model_archived'
  | 'provider_archived'
  | 'model_disabled'
  | 'provider_disabled'
  | 'no_credentials'
  | 'stand_in';

/** What planning needs of a model that no measure changes; its prices are its own, or those of a call. */
export interface CandidateFacts extends Pick<
  CatalogModel,
  | 'providerSlug'
  | 'contextWindowTokens'
  | 'maxOutputTokens'
  | 'reasoningTokenFloor'
  | 'inputMicroUsdPerMillionTokens'
  | 'outputMicroUsdPerMillionTokens'
  | 'expectedFirstTokenMs'
  | 'expectedMicrosPerOutputToken'
  | 'attemptTimeoutMs'
  | 'complianceScorePct'
> {
  readonly modelSlug: string;
  /** What of the model's own can be asked for at its provider, and what follows from that. */
  readonly capabilities: readonly PlannedCapability[];
  readonly key: string;
  /**
   * Null when it may be called. `stand_in`: a simulated model while some real one can be called, which stands aside
   * where the tenant's policy lets a real one be called.
   */
  readonly disabledCause: DisabledCause | null;
}

/** A model beside everything that is worked out from it once. */
export interface ModelView {
  readonly key: string;
  readonly model: CatalogModel;
  readonly provider: CatalogProvider;
  readonly facts: CandidateFacts;
  /** How the model wants to be asked: for whoever calls it. No plan depends on it, and none keeps it. */
  readonly traits: ModelTraits;
  readonly prices: PriceTable;
  /** The facts with the prices of a call at this instant (milliseconds since the epoch) whose input has this length. */
  factsFor(at: number, inputTokens: number): CandidateFacts;
  /** The ATS of a task type, else the overall one; null when neither is known. 0..10000. */
  atsBps(taskType: string): number | null;
}

export interface ProviderView {
  readonly provider: CatalogProvider;
  /** Whether it needs no credential or has the one it names, and that one may go where the provider is. */
  readonly hasCredentials: boolean;
  /** Whether its credential, if it names one, may go where the provider is. */
  readonly isCredentialBound: boolean;
  /** In order of key. */
  readonly models: readonly ModelView[];
}

/** The catalog as this process reads it at one version: immutable, and every look-up is one step. */
export interface CatalogView {
  readonly version: number;
  /** In order of slug, archived ones included. */
  readonly providers: readonly ProviderView[];
  /** In order of key, archived ones included. */
  readonly models: readonly ModelView[];
  /** The patterns of each alias, in order of name. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Of the models that are not archived; without any, nothing is too large. */
  readonly largestWindowTokens: number;
  provider(slug: string): ProviderView | undefined;
  model(key: string): ModelView | undefined;
  /**
   * What is needed to call a provider, its secret included: for the provider factory and nobody else. Undefined when
   * there is no such provider, or its credential is missing or not for where it is.
   */
  connection(providerSlug: string): ProviderConnection | undefined;
}

/** Works out everything that one version of the catalog and the present credentials settle. */
export function createCatalogView(catalog: Catalog, secrets: ProviderSecrets): CatalogView {
  const states = catalog.providers.map((provider) => {
    return {
      provider,
      hasCredentials: provider.credentialName === null || secretOf(provider, secrets) !== undefined,
      isCredentialBound: secrets.hosts.isBound(provider),
      models: catalog.models.filter((model) => model.providerSlug === provider.slug),
    };
  });
  const realModelCallable = states.some(
    (state) =>
      state.provider.adapter !== 'simulated' &&
      state.models.some((model) => ownCause(model, state.provider, state.hasCredentials) === null),
  );
  const providers = states.map((state): ProviderView => ({
    ...state,
    models: state.models.map((model) => {
      const cause = ownCause(model, state.provider, state.hasCredentials);
      const standsIn = state.provider.adapter === 'simulated' && realModelCallable;
      return createModelView(model, state.provider, cause ?? (standsIn ? 'stand_in' : null));
    }),
  }));
  return indexViews(catalog, providers, secrets);
}

function indexViews(
  { version, aliases = [] }: Catalog,
  providers: readonly ProviderView[],
  secrets: ProviderSecrets,
): CatalogView {
  const models = providers.flatMap((view) => view.models).sort((a, b) => (a.key < b.key ? -1 : 1));
  const providerBySlug = new Map(providers.map((view) => [view.provider.slug, view]));
  const modelByKey = new Map(models.map((view) => [view.key, view]));
  return {
    version,
    providers,
    models,
    aliases: new Map(aliases.map((alias) => [alias.name, alias.models])),
    largestWindowTokens:
      models.reduce(
        (largest, { model }) =>
          model.archivedAt === null ? Math.max(largest, model.contextWindowTokens) : largest,
        0,
      ) || Infinity,
    provider: (slug) => providerBySlug.get(slug),
    model: (key) => modelByKey.get(key),
    connection(providerSlug) {
      const provider = providerBySlug.get(providerSlug)?.provider;
      if (provider === undefined) return undefined;
      const { slug, adapter, baseUrl, credentialName, region, apiVersion, project } = provider;
      const credential = credentialName === null ? null : secretOf(provider, secrets);
      // Without the key that it needs, nobody is to be told what callers write.
      return credential === undefined
        ? undefined
        : { slug, adapter, baseUrl, credential, settings: { region, apiVersion, project } };
    },
  };
}

function ownCause(
  model: CatalogModel,
  provider: CatalogProvider,
  hasCredentials: boolean,
): Exclude<DisabledCause, 'stand_in'> | null {
  if (model.archivedAt !== null) return 'model_archived';
  if (provider.archivedAt !== null) return 'provider_archived';
  if (!model.enabled) return 'model_disabled';
  if (!provider.enabled) return 'provider_disabled';
  return hasCredentials ? null : 'no_credentials';
}

function createModelView(
  model: CatalogModel,
  provider: CatalogProvider,
  disabledCause: DisabledCause | null,
): ModelView {
  const key = modelKey(model.providerSlug, model.slug);
  const scores = new Map(model.ats.map((score) => [score.taskType, score.scoreBps]));
  const overall = scores.get(OVERALL_TASK_TYPE) ?? null;
  const facts: CandidateFacts = Object.freeze({
    providerSlug: model.providerSlug,
    modelSlug: model.slug,
    key,
    disabledCause,
    capabilities: plannedCapabilities(
      model.capabilities,
      lacksOf({ ...provider, settings: provider }, model.slug),
    ),
    contextWindowTokens: model.contextWindowTokens,
    maxOutputTokens: model.maxOutputTokens,
    reasoningTokenFloor: model.reasoningTokenFloor,
    inputMicroUsdPerMillionTokens: model.inputMicroUsdPerMillionTokens,
    outputMicroUsdPerMillionTokens: model.outputMicroUsdPerMillionTokens,
    expectedFirstTokenMs: model.expectedFirstTokenMs,
    expectedMicrosPerOutputToken: model.expectedMicrosPerOutputToken,
    attemptTimeoutMs: model.attemptTimeoutMs,
    complianceScorePct: model.complianceScorePct,
  });
  const prices = priceTable(model);
  const hasOnePrice = prices.every(({ list }, index) => index === 0 && list.length === 1);
  // Those of the call before: who works something out from them need not do it again.
  let priced = facts;
  return {
    ...{ key, model, provider, facts, traits: traitsOf(model), prices },
    factsFor(at, inputTokens) {
      if (hasOnePrice) return facts;
      const { inputMicroUsdPerMillionTokens, outputMicroUsdPerMillionTokens } = pricesFor(
        listAt(prices, at),
        inputTokens,
      );
      const isSame =
        priced.inputMicroUsdPerMillionTokens === inputMicroUsdPerMillionTokens &&
        priced.outputMicroUsdPerMillionTokens === outputMicroUsdPerMillionTokens;
      if (!isSame) priced = { ...facts, inputMicroUsdPerMillionTokens, outputMicroUsdPerMillionTokens };
      return priced;
    },
    atsBps: (taskType) => scores.get(taskType) ?? overall,
  };
}
