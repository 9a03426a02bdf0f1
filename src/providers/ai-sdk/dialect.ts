import type { Adapter } from '../provider.ts';

/** How the providers behind the SDK differ in what they take, beyond what the SDK itself smooths over. */
export interface Dialect {
  /** Effort is a number of thinking tokens for this provider's older models, and this is its option's owner. */
  readonly thinkingTokens: 'anthropic' | 'google' | null;
  /** Thinking is sent back with tool results; others refuse the unknown field. */
  readonly returnsThoughts: boolean;
  /** Output can be held to a JSON schema. */
  readonly jsonSchema: boolean;
  /** Output is held to a schema strictly, or the schema is refused. */
  readonly strictMode: boolean;
  /** System messages may stand anywhere; elsewhere they are taken before the first turn alone. */
  readonly takesLateSystem: boolean;
  /** An image at a URL needs a full media type. */
  readonly needsMediaType: boolean;
  /** The SDK knows which models refuse a temperature, and leaves it out itself. */
  readonly guardsSampling: boolean;
  /** The ids of tool calls that are taken, and how others are numbered; null: whatever they are. */
  readonly callIds: { readonly pattern: RegExp; numbered(number: number): string } | null;
  /** A stream counts its tokens only when `stream_options` asks for it; others count anyway, or refuse the field. */
  readonly asksForStreamUsage: boolean;
}

const compatible: Dialect = {
  thinkingTokens: null,
  returnsThoughts: false,
  jsonSchema: true,
  strictMode: true,
  takesLateSystem: true,
  needsMediaType: false,
  guardsSampling: false,
  callIds: null,
  asksForStreamUsage: true,
};

const numberedCall = (number: number): string => `call_${number}`;

/** The dialect of each adapter that is called through the SDK. */
export const dialects: Readonly<Record<Exclude<Adapter, 'simulated'>, Dialect>> = {
  openai: {
    ...compatible,
    returnsThoughts: true,
    guardsSampling: true,
    callIds: { pattern: /^.{1,64}$/su, numbered: numberedCall },
  },
  anthropic: {
    ...compatible,
    returnsThoughts: true,
    thinkingTokens: 'anthropic',
    strictMode: false,
    takesLateSystem: false,
    guardsSampling: true,
    callIds: { pattern: /^[a-zA-Z0-9_-]+$/, numbered: numberedCall },
  },
  google: {
    ...compatible,
    returnsThoughts: true,
    thinkingTokens: 'google',
    strictMode: false,
    takesLateSystem: false,
    needsMediaType: true,
  },
  mistral: {
    ...compatible,
    asksForStreamUsage: false,
    takesLateSystem: false,
    callIds: {
      pattern: /^[a-zA-Z0-9]{9}$/,
      numbered: (number) => `call${String(number).padStart(5, '0')}`,
    },
  },
  cohere: { ...compatible, asksForStreamUsage: false },
  groq: compatible,
  xai: compatible,
  deepseek: { ...compatible, returnsThoughts: true, jsonSchema: false, strictMode: false },
  togetherai: compatible,
  'openai-compatible': compatible,
};
