import { noSettings } from '../../src/providers/adapter-settings.ts';
import { secretsForAnywhere } from '../support/providers/secrets.ts';
import { createCatalogView, type CatalogView } from '../../src/catalog/catalog-view.ts';
import type { CatalogModel, CatalogProvider } from '../../src/catalog/model.ts';
import { untold, type ModelTraits } from '../../src/catalog/traits.ts';
import { createReplication, type Replication } from '../../src/fleet/replication.service.ts';
import type { PartExchange } from '../../src/fleet/replication.ts';
import { createPlaces, type Places } from '../../src/limits/places/places.service.ts';
import {
  createProviderLimits,
  type LimitPermit,
  type LimitSettlement,
  type ProviderLimits,
} from '../../src/limits/provider-limits.service.ts';
import type { ProviderFailure } from '../../src/providers/failure.ts';
import type { ResponseHeaders } from '../../src/providers/provider.ts';
import { createManualTime, type ManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';

/** What a provider may be held to in these tests. */
export interface Configured {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly maxConcurrent?: number;
  /** Of the model `one/a`. */
  readonly modelMaxConcurrent?: number;
  /** Of the model `one/a`. */
  readonly modelCacheTtlMs?: number;
  /** Of the model `one/a`. */
  readonly modelTraits?: ModelTraits;
}

/** A catalog of the models `one/a`, `one/b` and `two/a`, where only `one` can be limited. */
export function catalogOf(version: number, configured: Configured = {}): CatalogView {
  const { modelMaxConcurrent = null, modelCacheTtlMs = null, modelTraits = untold, ...limits } = configured;
  const unlimited = { requestsPerMinute: null, tokensPerMinute: null, maxConcurrent: null };
  const providers = [provider('one', { ...unlimited, ...limits }), provider('two', unlimited)];
  const models = [
    { ...model('one', 'a', modelMaxConcurrent), cacheTtlMs: modelCacheTtlMs, ...modelTraits },
    model('one', 'b'),
    model('two', 'a'),
  ];
  return createCatalogView({ version, providers, models }, secretsForAnywhere());
}

function provider(
  slug: string,
  limits: Pick<CatalogProvider, 'requestsPerMinute' | 'tokensPerMinute' | 'maxConcurrent'>,
): CatalogProvider {
  const usual = { name: slug, adapter: 'openai', baseUrl: null, credentialName: null } as const;
  return { slug, ...usual, ...noSettings, ...limits, enabled: true, archivedAt: null };
}

function model(providerSlug: string, slug: string, maxConcurrent: number | null = null): CatalogModel {
  return {
    ...{ providerSlug, slug, enabled: true, archivedAt: null, capabilities: [], ats: [] },
    ...{ contextWindowTokens: 8000, maxOutputTokens: 1000, reasoningTokenFloor: null },
    ...{ inputMicroUsdPerMillionTokens: 1, outputMicroUsdPerMillionTokens: 2, complianceScorePct: 90 },
    ...{ cachedInputMicroUsdPerMillionTokens: null, cacheWriteMicroUsdPerMillionTokens: null, prices: [] },
    ...{ expectedFirstTokenMs: 800, expectedMicrosPerOutputToken: 12_000 },
    ...{
      attemptTimeoutMs: null,
      firstTokenTimeoutMs: null,
      probeIntervalMs: null,
      cacheTtlMs: null,
      embeddingSpace: null,
      maxConcurrent,
    },
    ...untold,
  };
}

/** An instance whose time and catalog a test moves. */
export interface LimitsStage extends AsyncDisposable {
  readonly limits: ProviderLimits;
  readonly places: Places;
  readonly time: ManualTime;
  readonly replication: Replication;
  useCatalog(catalog: CatalogView): void;
  /** Admits a call that must be admitted, of 100 tokens unless told. */
  send(key?: string, estimatedTokens?: number): LimitPermit;
  /** Admits one and settles it at once. */
  call(end?: Partial<LimitSettlement>, key?: string): void;
  /** Whether a call would be admitted: `admitted`, or after how many milliseconds. Admits it if so. */
  attempt(key?: string, estimatedTokens?: number): 'admitted' | number | null;
}

export interface StageOptions {
  readonly catalog?: CatalogView;
  readonly exchange?: PartExchange | null;
  /** Asks the others to exchange at once. */
  readonly hint?: () => void;
}

/** Opens an instance: alone, unless it is given others. */
export function openLimits(options: StageOptions = {}): LimitsStage {
  const { exchange = null, hint = () => {} } = options;
  const time = createManualTime();
  let view = options.catalog ?? catalogOf(1);
  const catalog = () => view;
  const replication = createReplication({ ...time, exchange, hint, log: silentLog });
  const places = createPlaces({
    ...{ ...time, replication, catalog },
    ...{ isShared: exchange !== null, recoveredAtStart: () => null },
  });
  const limits = createProviderLimits({ ...time, replication, places, catalog });
  const admit = (key: string, estimatedTokens: number) =>
    limits.admit({ key, providerSlug: key.slice(0, key.indexOf('/')), estimatedTokens });
  function send(key = 'one/a', estimatedTokens = 100): LimitPermit {
    const verdict = admit(key, estimatedTokens);
    if (!verdict.admitted) throw new Error(JSON.stringify(verdict));
    return verdict;
  }
  return {
    ...{ limits, places, time, replication, send },
    useCatalog: (next) => void (view = next),
    call: (end = {}, key = 'one/a') => send(key).settle({ failure: null, headers: {}, usage: null, ...end }),
    attempt(key = 'one/a', estimatedTokens = 100) {
      const verdict = admit(key, estimatedTokens);
      return verdict.admitted ? 'admitted' : verdict.retryAfterMs;
    },
    [Symbol.asyncDispose]: () => replication[Symbol.asyncDispose](),
  };
}

/** A 429, with the pause it asked for. */
export function rateLimited(retryAfterMs?: number): ProviderFailure {
  const told = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { failureClass: 'RATE_LIMITED', message: 'too many', httpStatus: 429, ...told };
}

/** Headers in OpenAI's form: so many calls remain of so many, until so many seconds from now. */
export function requestHeaders(remaining: number, limit: number, resetSeconds: number): ResponseHeaders {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': `${resetSeconds}s`,
  };
}
