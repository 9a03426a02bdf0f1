import type { Capability } from '../../catalog/model.ts';
import type { NarrowingInput } from '../../policies/narrowing-input.ts';
import type { Message, ReasoningEffort, ResponseFormat, ToolChoice } from '../../providers/message.ts';
import type { EmbeddingInput } from '../../providers/embedding.ts';
import type { JsonValue } from '../../system/json.ts';
import type { Label } from './request.ts';

/** A routed call as the API hands it over: the right shape and nothing else checked. Null is as good as absent. */
export interface RawRouteInput {
  readonly messages: readonly RawMessage[];
  /** Vectors of these are wanted, and no answer to the messages. */
  readonly embedding?: Maybe<RawEmbedding>;
  readonly taskType?: Maybe<string>;
  readonly models?: Maybe<readonly string[]>;
  readonly requires?: Maybe<readonly Capability[]>;
  readonly maxOutputTokens?: Maybe<number>;
  readonly temperature?: Maybe<number>;
  readonly topP?: Maybe<number>;
  readonly topK?: Maybe<number>;
  readonly seed?: Maybe<number>;
  readonly presencePenalty?: Maybe<number>;
  readonly frequencyPenalty?: Maybe<number>;
  readonly stopSequences?: Maybe<readonly string[]>;
  readonly parallelToolCalls?: Maybe<boolean>;
  readonly sessionId?: Maybe<string>;
  readonly endUserId?: Maybe<string>;
  readonly labels?: Maybe<readonly Label[]>;
  readonly providerOptions?: Maybe<JsonValue>;
  readonly reasoningEffort?: Maybe<ReasoningEffort>;
  readonly tools?: Maybe<readonly RawTool[]>;
  readonly toolChoice?: Maybe<RawToolChoice>;
  readonly responseFormat?: Maybe<RawResponseFormat>;
  readonly timeoutMs?: Maybe<number>;
  readonly maxCostUsd?: Maybe<number>;
  readonly policy?: Maybe<NarrowingInput>;
  readonly workflowId?: Maybe<string>;
  readonly idempotencyKey?: Maybe<string>;
}

export type Maybe<T> = T | null | undefined;

export interface RawEmbedding {
  readonly inputs: readonly EmbeddingInput[];
  readonly dimensions?: Maybe<number>;
}

export interface RawMessage {
  readonly role: Message['role'];
  readonly content?: Maybe<string>;
  readonly parts?: Maybe<readonly RawContentPart[]>;
  readonly toolCallId?: Maybe<string>;
  readonly toolCalls?: Maybe<readonly RawToolCall[]>;
  readonly providerState?: Maybe<string>;
  readonly cacheBreakpoint?: Maybe<boolean>;
}

export interface RawContentPart {
  readonly text?: Maybe<string>;
  readonly image?: Maybe<RawImage>;
  readonly file?: Maybe<RawFile>;
}

export interface RawFile {
  readonly url?: Maybe<string>;
  readonly base64?: Maybe<string>;
  readonly mediaType: string;
  readonly filename?: Maybe<string>;
}

export interface RawImage {
  readonly url?: Maybe<string>;
  readonly base64?: Maybe<string>;
  readonly mediaType?: Maybe<string>;
}

export interface RawToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly providerState?: Maybe<string>;
}

export interface RawTool {
  readonly name: string;
  readonly description?: Maybe<string>;
  readonly parameters?: Maybe<JsonValue>;
  readonly strict?: Maybe<boolean>;
}

export interface RawToolChoice {
  readonly mode: ToolChoice['mode'];
  readonly toolName?: Maybe<string>;
}

export interface RawResponseFormat {
  readonly type: ResponseFormat['type'];
  readonly jsonSchema?: Maybe<JsonValue>;
}
