import type { ProviderFailure } from './failure.ts';
import type { Message, ReasoningEffort, ResponseFormat, Tool, ToolCall, ToolChoice } from './message.ts';

/** One call to one model, in terms that every adapter can translate. */
export interface ProviderRequest {
  /** The model's name at its provider. */
  readonly modelSlug: string;
  readonly messages: readonly Message[];
  /** Output tokens the provider may spend, the reasoning floor included. */
  readonly outputBudgetTokens: number;
  /** Sampling temperature, 0..2. */
  readonly temperature?: number;
  readonly reasoningEffort?: ReasoningEffort;
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly responseFormat: ResponseFormat;
}

/** Tokens as the provider counted them; output includes reasoning. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** The provider told not all of it, or nothing that could be believed: what is missing is our own estimate. */
  readonly isEstimated?: true;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other';

export interface ProviderAnswer {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
}

/** Response headers with lower-case names, as far as they tell of rate limits; empty when there were none. */
export type ResponseHeaders = Readonly<Record<string, string>>;

/** What came of a call. A failed one has a `usage` when the provider counted, and bills, tokens all the same. */
export type ProviderResult = Noticed &
  (
    | { readonly ok: true; readonly answer: ProviderAnswer; readonly headers: ResponseHeaders }
    | {
        readonly ok: false;
        readonly failure: ProviderFailure;
        readonly headers: ResponseHeaders;
        readonly usage?: TokenUsage;
      }
  );

/** What of the request the model was not asked as it was wished, a sentence each; absent: nothing. */
export interface Noticed {
  readonly notices?: readonly string[];
}

/** A piece of an answer on its way. */
export type StreamPart =
  | { readonly kind: 'text'; readonly text: string }
  /** A sign of life without text: the model thinks, or writes a tool call. */
  | { readonly kind: 'progress' }
  /** The last one, which tells the whole: the answer with its usage, or why there is none. */
  | { readonly kind: 'end'; readonly result: ProviderResult };

/**
 * A provider's API. `call` sends exactly one request, never retries, and never rejects: whatever goes wrong is
 * a ProviderFailure. When `signal` aborts, the request is aborted and the result is CANCELLED at once.
 */
export interface Provider {
  call(request: ProviderRequest, signal: AbortSignal): Promise<ProviderResult>;
  /**
   * The same, piece by piece: sends when it is first read, and reads on only as fast as it is read, so that a slow
   * consumer slows the provider. No read rejects; `end` comes last, always, unless the consumer returns early, which
   * aborts the request.
   */
  stream(request: ProviderRequest, signal: AbortSignal): AsyncIterable<StreamPart>;
}

/** What is needed to speak to a provider. `credential` is the secret itself and goes nowhere but to its API. */
export interface ProviderConnection {
  readonly slug: string;
  readonly adapter: Adapter;
  readonly baseUrl: string | null;
  readonly credential: string | null;
}

/** The dialects that this product speaks. */
export const adapters = [
  'openai',
  'anthropic',
  'google',
  'mistral',
  'cohere',
  'groq',
  'xai',
  'deepseek',
  'togetherai',
  'openai-compatible',
  'simulated',
] as const;

export type Adapter = (typeof adapters)[number];

/** Makes providers ready to call. The same connection yields the same instance; `close` ends their sockets. */
export interface ProviderFactory extends AsyncDisposable {
  provider(connection: ProviderConnection): Promise<Provider>;
}
