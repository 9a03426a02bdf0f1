// The largest and smallest values that a catalog may hold. They keep every cost and duration that is computed
// from them an exact integer, and fit the columns that store them.

export const MAX_TOKENS = 100_000_000;
export const MAX_USD_PER_MILLION_TOKENS = 100_000;
export const MAX_EXPECTED_MS = 600_000;
export const MIN_TIMEOUT_MS = 100;
export const MAX_TIMEOUT_MS = 600_000;
export const MIN_PROBE_INTERVAL_MS = 1000;
export const MAX_PROBE_INTERVAL_MS = 86_400_000;
export const MAX_REQUESTS_PER_MINUTE = 1_000_000_000;
export const MAX_TOKENS_PER_MINUTE = 2_000_000_000;
export const MIN_CACHE_TTL_MS = 1000;
export const MAX_CACHE_TTL_MS = 3_600_000;
export const MAX_CONCURRENT = 1_000_000;
export const MAX_SAMPLES = 2_000_000_000;
export const MAX_ATS_SCORES_PER_MODEL = 100;
export const MAX_PRICES_PER_MODEL = 32;

/** What is expected of a model of whose speed nothing is known. */
export const PRIOR_FIRST_TOKEN_MS = 800;
export const PRIOR_MICROS_PER_OUTPUT_TOKEN = 12_000;

/** Aliases at most, and what each may name. */
export const MAX_ALIASES = 1000;
export const MAX_MODELS_PER_ALIAS = 50;

/** Providers and models at most, archived ones included: every plan looks at each of them. */
export const MAX_PROVIDERS = 1000;
export const MAX_MODELS = 5000;
