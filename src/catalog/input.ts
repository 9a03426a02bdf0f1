// What a caller or a catalog file says about the catalog, in the units they use. In every input an absent field
// keeps what is there and null clears it.

type Optional<T> = T | null | undefined;

export interface ProviderInput {
  readonly slug: string;
  readonly name?: Optional<string>;
  /** A new provider needs one. */
  readonly adapter?: Optional<string>;
  readonly baseUrl?: Optional<string>;
  readonly credentialName?: Optional<string>;
  readonly region?: Optional<string>;
  readonly apiVersion?: Optional<string>;
  readonly project?: Optional<string>;
  readonly enabled?: Optional<boolean>;
  readonly requestsPerMinute?: Optional<number>;
  readonly tokensPerMinute?: Optional<number>;
  readonly maxConcurrent?: Optional<number>;
}

export interface AtsScoreInput {
  readonly taskType: string;
  /** 0..1, at most four decimals. */
  readonly score: number;
  readonly samples?: Optional<number>;
  readonly source?: Optional<string>;
}

/** Prices beside a model's own. */
export interface PriceInput {
  /** Milliseconds since the epoch; absent: from the beginning. */
  readonly from?: Optional<number>;
  readonly aboveInputTokens?: Optional<number>;
  readonly inputUsdPerMillionTokens: number;
  readonly outputUsdPerMillionTokens: number;
  readonly cachedInputUsdPerMillionTokens?: Optional<number>;
  readonly cacheWriteUsdPerMillionTokens?: Optional<number>;
}

export interface ModelInput {
  readonly providerSlug: string;
  readonly modelSlug: string;
  readonly enabled?: Optional<boolean>;
  readonly capabilities?: Optional<readonly string[]>;
  readonly contextWindowTokens?: Optional<number>;
  readonly maxOutputTokens?: Optional<number>;
  readonly reasoningTokenFloor?: Optional<number>;
  readonly inputUsdPerMillionTokens?: Optional<number>;
  readonly outputUsdPerMillionTokens?: Optional<number>;
  readonly cachedInputUsdPerMillionTokens?: Optional<number>;
  readonly cacheWriteUsdPerMillionTokens?: Optional<number>;
  /** Replaces all of the model's prices beside its own. */
  readonly prices?: Optional<readonly PriceInput[]>;
  readonly expectedFirstTokenMs?: Optional<number>;
  readonly expectedMsPerOutputToken?: Optional<number>;
  readonly attemptTimeoutMs?: Optional<number>;
  readonly firstTokenTimeoutMs?: Optional<number>;
  readonly probeIntervalMs?: Optional<number>;
  readonly cacheTtlMs?: Optional<number>;
  readonly embeddingSpace?: Optional<string>;
  readonly maxConcurrent?: Optional<number>;
  /** Of the reasoning efforts; null: not known. */
  readonly efforts?: Optional<readonly string[]>;
  readonly samplingLocked?: Optional<boolean>;
  readonly maxTokensParameter?: Optional<string>;
  /** 0..1, at most two decimals. */
  readonly complianceScore?: Optional<number>;
  /** Replaces all of the model's scores. */
  readonly ats?: Optional<readonly AtsScoreInput[]>;
}

export interface RecordAtsScoreInput extends AtsScoreInput {
  readonly providerSlug: string;
  readonly modelSlug: string;
}
