import type { Adapter } from '../providers/provider.ts';

/** What a model can do. */
export const capabilities = ['TOOLS', 'VISION', 'JSON_SCHEMA', 'STREAMING', 'REASONING'] as const;

export type Capability = (typeof capabilities)[number];

/** A provider as the catalog keeps it. Credentials are named here, never held. */
export interface CatalogProvider {
  readonly slug: string;
  readonly name: string;
  readonly adapter: Adapter;
  readonly baseUrl: string | null;
  /** The environment variable or mounted file that holds the credential; null when none is needed. */
  readonly credentialName: string | null;
  readonly enabled: boolean;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
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
export interface CatalogModel {
  readonly providerSlug: string;
  readonly slug: string;
  readonly enabled: boolean;
  readonly capabilities: readonly Capability[];
  readonly contextWindowTokens: number;
  readonly maxOutputTokens: number;
  /** Output tokens a reasoning model spends before it answers; null for a model that does not reason. */
  readonly reasoningTokenFloor: number | null;
  /** Micro-USD per million tokens: 250000 is 0.25 USD per million. */
  readonly inputMicroUsdPerMillionTokens: number;
  readonly outputMicroUsdPerMillionTokens: number;
  readonly expectedFirstTokenMs: number;
  /** Microseconds per output token: 9000 is 9 ms. */
  readonly expectedMicrosPerOutputToken: number;
  readonly attemptTimeoutMs: number | null;
  readonly firstTokenTimeoutMs: number | null;
  readonly probeIntervalMs: number | null;
  /** Percent, 0..100. */
  readonly complianceScorePct: number;
  /** By task type, `default` is the overall score. */
  readonly ats: readonly AtsScore[];
  readonly archivedAt: number | null;
}

/** The whole catalog at one version, archived rows included, providers by slug and models by key in order. */
export interface Catalog {
  readonly version: number;
  readonly providers: readonly CatalogProvider[];
  readonly models: readonly CatalogModel[];
}
