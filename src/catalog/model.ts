import type { Adapter, AdapterSettings } from '../providers/provider.ts';
import type { ModelTraits } from './traits.ts';
import type { PriceEntry, TokenPrices } from './prices/price.ts';

/** What a model can do. */
export const capabilities = [
  'TOOLS',
  'VISION',
  'JSON_SCHEMA',
  'STREAMING',
  'REASONING',
  'DOCUMENTS',
  'AUDIO',
  'STOP_SEQUENCES',
  'FORCED_TOOLS',
  'EMBEDDINGS',
] as const;

export type Capability = (typeof capabilities)[number];

/** A provider as the catalog keeps it. Credentials are named here, never held. */
export interface CatalogProvider extends AdapterSettings {
  readonly slug: string;
  readonly name: string;
  readonly adapter: Adapter;
  readonly baseUrl: string | null;
  /** The environment variable or mounted file that holds the credential; null when none is needed. */
  readonly credentialName: string | null;
  readonly enabled: boolean;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  /** Calls of all its models that an instance has in flight at most; null: any number. */
  readonly maxConcurrent: number | null;
  /** Milliseconds since the epoch; null while in use. */
  readonly archivedAt: number | null;
}

/** How good a model's answers are for one task type: ATS in basis points, 0..10000 (8200 is 0.82). */
export interface AtsScore {
  readonly taskType: string;
  readonly scoreBps: number;
  readonly samples: number;
  readonly source: string;
  /** Milliseconds since the epoch. */
  readonly measuredAt: number;
}

/** A model as the catalog keeps it. */
export interface CatalogModel extends ModelTraits, Required<TokenPrices> {
  readonly providerSlug: string;
  readonly slug: string;
  readonly enabled: boolean;
  readonly capabilities: readonly Capability[];
  readonly contextWindowTokens: number;
  readonly maxOutputTokens: number;
  /** Output tokens a reasoning model spends before it answers; null for a model that does not reason. */
  readonly reasoningTokenFloor: number | null;
  /** Prices for long prompts and from later days on, by instant and length. */
  readonly prices: readonly PriceEntry[];
  readonly expectedFirstTokenMs: number;
  /** Microseconds per output token: 9000 is 9 ms. */
  readonly expectedMicrosPerOutputToken: number;
  readonly attemptTimeoutMs: number | null;
  readonly firstTokenTimeoutMs: number | null;
  readonly probeIntervalMs: number | null;
  /** How long its provider keeps a prompt for calls that begin alike; null: as providers usually do. */
  readonly cacheTtlMs: number | null;
  /** Calls that an instance has in flight at most; null: as many as its provider's. */
  readonly maxConcurrent: number | null;
  /** Models of one space turn a text into vectors that can be compared; null: its vectors compare with no other's. */
  readonly embeddingSpace: string | null;
  /** Percent, 0..100. */
  readonly complianceScorePct: number;
  /** By task type, `default` is the overall score. */
  readonly ats: readonly AtsScore[];
  readonly archivedAt: number | null;
}

/** A name by which clients ask for models that the catalog calls otherwise; several of them are a pool. */
export interface ModelAlias {
  readonly name: string;
  /** `provider/model` or `provider/*`, at least one. */
  readonly models: readonly string[];
}

/** The whole catalog at one version, archived rows included, providers by slug and models by key in order. */
export interface Catalog {
  readonly version: number;
  readonly providers: readonly CatalogProvider[];
  readonly models: readonly CatalogModel[];
  /** In order of name; absent: none. */
  readonly aliases?: readonly ModelAlias[];
}
