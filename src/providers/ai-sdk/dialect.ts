import type { Adapter } from '../provider.ts';

/** How the providers behind the SDK differ in what they take, beyond what the SDK itself smooths over. */
export interface Dialect {
  /** Effort is a number of thinking tokens for this provider's older models, and this is its option's owner. */
  readonly thinkingTokens: 'anthropic' | 'google' | null;
  /** Thinking is sent back with tool results; others refuse the unknown field. */
  readonly returnsThoughts: boolean;
  /** Output can be held to a JSON schema. */
  readonly jsonSchema: boolean;
  /** A stream counts its tokens only when `stream_options` asks for it; others count anyway, or refuse the field. */
  readonly asksForStreamUsage: boolean;
}

const compatible: Dialect = {
  thinkingTokens: null,
  returnsThoughts: false,
  jsonSchema: true,
  asksForStreamUsage: true,
};

/** The dialect of each adapter that is called through the SDK. */
export const dialects: Readonly<Record<Exclude<Adapter, 'simulated'>, Dialect>> = {
  openai: { ...compatible, returnsThoughts: true },
  anthropic: { ...compatible, returnsThoughts: true, thinkingTokens: 'anthropic' },
  google: { ...compatible, returnsThoughts: true, thinkingTokens: 'google' },
  mistral: { ...compatible, asksForStreamUsage: false },
  cohere: { ...compatible, asksForStreamUsage: false },
  groq: compatible,
  xai: compatible,
  deepseek: { ...compatible, returnsThoughts: true, jsonSchema: false },
  togetherai: compatible,
  'openai-compatible': compatible,
};
