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
  readonly enabled?: Optional<boolean>;
  readonly requestsPerMinute?: Optional<number>;
  readonly tokensPerMinute?: Optional<number>;
}

export interface AtsScoreInput {
  readonly taskType: string;
  /** 0..1, at most four decimals. */
  readonly score: number;
  readonly samples?: Optional<number>;
  readonly source?: Optional<string>;
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
  readonly expectedFirstTokenMs?: Optional<number>;
  readonly expectedMsPerOutputToken?: Optional<number>;
  readonly attemptTimeoutMs?: Optional<number>;
  readonly firstTokenTimeoutMs?: Optional<number>;
  readonly probeIntervalMs?: Optional<number>;
  /** 0..1, at most two decimals. */
  readonly complianceScore?: Optional<number>;
  /** Replaces all of the model's scores. */
  readonly ats?: Optional<readonly AtsScoreInput[]>;
}

export interface RecordAtsScoreInput extends AtsScoreInput {
  readonly providerSlug: string;
  readonly modelSlug: string;
}
