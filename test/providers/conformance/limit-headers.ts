/** What a provider of the catalog tells of its limits with each answer, by its reference. */
export interface ToldLimits {
  readonly source: string;
  /** Null: it tells nothing. */
  readonly headers: Readonly<Record<string, string>> | null;
  /** Limit, remaining and milliseconds until the reset. */
  readonly requests?: readonly [number | null, number | null, number | null];
  readonly tokens?: readonly [number | null, number | null, number | null];
}

const usual = (unit: string, limit: string, remaining: string, reset?: string) => ({
  [`x-ratelimit-limit-${unit}`]: limit,
  [`x-ratelimit-remaining-${unit}`]: remaining,
  ...(reset !== undefined && { [`x-ratelimit-reset-${unit}`]: reset }),
});

const anthropic = (unit: string, limit: string, remaining: string, reset: string) => ({
  [`anthropic-ratelimit-${unit}-limit`]: limit,
  [`anthropic-ratelimit-${unit}-remaining`]: remaining,
  [`anthropic-ratelimit-${unit}-reset`]: reset,
});

/** The instant of the answers. */
export const SENT_AT_MS = Date.parse('2026-11-22T10:00:00Z');

/** By the provider's slug in the built-in catalog. */
export const toldLimits: Readonly<Record<string, ToldLimits>> = {
  openai: {
    source: 'https://platform.openai.com/docs/guides/rate-limits',
    headers: { ...usual('requests', '60', '59', '1s'), ...usual('tokens', '150000', '149984', '6m0s') },
    requests: [60, 59, 1000],
    tokens: [150_000, 149_984, 360_000],
  },
  anthropic: {
    source: 'https://platform.claude.com/docs/en/api/rate-limits',
    headers: {
      ...anthropic('requests', '50', '49', '2026-11-22T10:00:01Z'),
      ...anthropic('input-tokens', '40000', '39000', '2026-11-22T10:00:02Z'),
      ...anthropic('output-tokens', '8000', '4000', '2026-11-22T10:00:30Z'),
      ...anthropic('tokens', '48000', '43000', '2026-11-22T10:00:30Z'),
    },
    requests: [50, 49, 1000],
    tokens: [8000, 4000, 30_000],
  },
  google: { source: 'https://ai.google.dev/gemini-api/docs/rate-limits', headers: null },
  mistral: {
    source: 'https://docs.mistral.ai/deployment/ai-studio/tier',
    headers: { ...usual('req-minute', '50', '49'), ...usual('tokens-minute', '50000', '47300') },
    requests: [50, 49, null],
    tokens: [50_000, 47_300, null],
  },
  xai: {
    source: 'https://docs.x.ai/developers/rate-limits',
    headers: { ...usual('requests', '480', '479'), ...usual('tokens', '2000000', '1999000') },
    requests: [480, 479, null],
    tokens: [2_000_000, 1_999_000, null],
  },
  deepseek: { source: 'https://api-docs.deepseek.com/quick_start/rate_limit', headers: null },
  groq: {
    source: 'https://console.groq.com/docs/rate-limits',
    headers: {
      ...usual('requests', '14400', '14370', '2m59.56s'),
      ...usual('tokens', '18000', '17997', '7.66s'),
    },
    requests: [14_400, 14_370, 179_560],
    tokens: [18_000, 17_997, 7660],
  },
  togetherai: {
    source: 'https://docs.together.ai/docs/rate-limits',
    headers: {
      ...{ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': '1' },
      ...{ 'x-tokenlimit-limit': '3000', 'x-tokenlimit-remaining': '2900' },
    },
    requests: [10, 9, 1000],
    tokens: [3000, 2900, null],
  },
  fireworks: {
    source: 'https://docs.fireworks.ai/serverless/rate-limits',
    headers: {
      ...usual('tokens-prompt', '3600000', '3500000'),
      ...usual('tokens-cache-adjusted-prompt', '900000', '890000'),
      ...usual('tokens-generated', '36000', '9000'),
    },
    tokens: [36_000, 9000, null],
  },
  cerebras: {
    source: 'https://inference-docs.cerebras.ai/support/rate-limits',
    headers: {
      ...usual('requests-day', '14400', '720', '11726.284'),
      ...usual('tokens-minute', '60000', '30000', '26.284'),
    },
    requests: [14_400, 720, 11_726_284],
    tokens: [60_000, 30_000, 26_284],
  },
  // A trial key's calls of a month are told by headers that no key for production has.
  cohere: { source: 'https://docs.cohere.com/docs/rate-limits', headers: null },
  openrouter: {
    source: 'https://openrouter.ai/docs/api/reference/limits',
    headers: {
      ...{ 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0' },
      'x-ratelimit-reset': String(SENT_AT_MS + 1500),
    },
    requests: [20, 0, 1500],
  },
};
