import type { JsonObject } from '../system/json.ts';
import type { EmbeddingTask, Vector } from './embedding.ts';
import type { ProviderFailure } from './failure.ts';
import type { Message, ReasoningEffort, ResponseFormat, Tool, ToolCall, ToolChoice } from './message.ts';

/** One call to one model, in terms that every adapter can translate. */
export interface ProviderRequest {
  /** The model's name at its provider. */
  readonly modelSlug: string;
  readonly messages: readonly Message[];
  /** Output tokens the provider may spend, the reasoning floor included. */
  readonly outputBudgetTokens: number;
  readonly sampling?: Sampling;
  /** Texts at which the answer ends, without them. */
  readonly stopSequences?: readonly string[];
  readonly reasoningEffort?: ReasoningEffort;
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  /** Whether several tools may be called at once; absent: as the model does by itself. */
  readonly parallelToolCalls?: boolean;
  readonly responseFormat: ResponseFormat;
  /** The caller's own user, as an opaque id. */
  readonly endUserId?: string;
  /** What this provider's adapter is told as it is. */
  readonly providerOptions?: JsonObject;
  /** Vectors of these are wanted, and no answer to `messages`, which are none; absent: an answer is wanted. */
  readonly embedding?: EmbeddingTask;
  /** How the model wants to be asked, as far as the catalog tells; absent: it tells nothing. */
  readonly traits?: AskingTraits;
}

/** How a model wants to be asked. */
export interface AskingTraits {
  /** The efforts that it takes, from the least to the most; null: not known. */
  readonly efforts: readonly ReasoningEffort[] | null;
  /** It takes no parameter of sampling. */
  readonly samplingLocked: boolean;
  /** What its output budget is called on Chat Completions; null: as its adapter does. */
  readonly maxTokensParameter: 'max_tokens' | 'max_completion_tokens' | null;
}

/** How the next token is drawn; absent: as the model does by itself. */
export interface Sampling {
  /** 0..2. */
  readonly temperature?: number;
  /** The share of likely tokens to draw from, 0..1. */
  readonly topP?: number;
  /** How many of the likeliest tokens to draw from. */
  readonly topK?: number;
  /** Equal seeds draw alike, as far as the provider can. */
  readonly seed?: number;
  /** -2..2. */
  readonly presencePenalty?: number;
  /** -2..2. */
  readonly frequencyPenalty?: number;
}

/** Tokens as the provider counted them; input includes what a cache held or took, output includes reasoning. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Of the input, what was read from the provider's cache; absent: none. */
  readonly cachedInputTokens?: number;
  /** Of the input, what was written to it; absent: none. */
  readonly cacheWriteTokens?: number;
  /** The provider told not all of it, or nothing that could be believed: what is missing is our own estimate. */
  readonly isEstimated?: true;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other';

export interface ProviderAnswer {
  readonly text: string;
  /** What the model showed of its thinking; absent: nothing. */
  readonly reasoningText?: string;
  /** What the provider wants back with the message that this answer becomes, beside what its calls carry; opaque. */
  readonly providerState?: string;
  readonly toolCalls: readonly ToolCall[];
  /** One for each input of an `EmbeddingTask`, in their order, all of one length; absent: none were asked for. */
  readonly vectors?: readonly Vector[];
  readonly finishReason: FinishReason;
  /** Which of the request's stop sequences the answer ended at; absent: none, or its provider does not tell. */
  readonly stopSequence?: string;
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

/**
 * A piece of an answer as its model writes it. Pieces of a kind, joined in order, are what the whole answer says;
 * no text is empty. Of a tool call, whose place among the answer's is `index`, the `tool_call` comes first.
 */
export type AnswerPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reasoning'; readonly text: string }
  /** A thought is complete; with what its provider wants back with it, as in `ToolCall.providerState`. */
  | { readonly kind: 'reasoning_end'; readonly providerState?: string }
  /** A tool call begins, under the id that it has in the whole answer. */
  | {
      readonly kind: 'tool_call';
      readonly index: number;
      readonly id: string;
      readonly name: string;
      /**
       * All that its provider needs back with it, as in `ToolCall.providerState`; null: nothing. Absent: that is known
       * when the answer is complete.
       */
      readonly providerState?: string | null;
    }
  | { readonly kind: 'tool_arguments'; readonly index: number; readonly text: string };

/** What a stream tells. */
export type StreamPart =
  | AnswerPiece
  /** A sign of life without a piece: the model thinks unseen, or writes what cannot be shown yet. */
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

/** What some adapters need to know beside an address and a key; null: not told. */
export interface AdapterSettings {
  /** Where the provider's cloud runs it, such as `eu-central-1`. */
  readonly region: string | null;
  /** The version of the API that is asked for. */
  readonly apiVersion: string | null;
  /** The project of the provider's cloud that pays. */
  readonly project: string | null;
}

/** What is needed to speak to a provider. `credential` is the secret itself and goes nowhere but to its API. */
export interface ProviderConnection {
  readonly slug: string;
  readonly adapter: Adapter;
  readonly baseUrl: string | null;
  readonly credential: string | null;
  /** Absent: none are told. */
  readonly settings?: AdapterSettings;
}

/** A connection that the SDK serves. */
export type SdkConnection = ProviderConnection & { readonly adapter: Exclude<Adapter, 'simulated'> };

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
  'amazon-bedrock',
  'azure',
  'google-vertex',
  'openai-compatible',
  'simulated',
] as const;

export type Adapter = (typeof adapters)[number];

/** Makes providers ready to call. The same connection yields the same instance; `close` ends their sockets. */
export interface ProviderFactory extends AsyncDisposable {
  provider(connection: ProviderConnection): Promise<Provider>;
}
