import type { Capability } from '../../catalog/model.ts';
import type { NarrowingInput } from '../../policies/narrowing-input.ts';
import type { Message, ReasoningEffort, ResponseFormat, ToolChoice } from '../../providers/message.ts';
import type { JsonValue } from '../../system/json.ts';

/** A routed call as the API hands it over: the right shape and nothing else checked. Null is as good as absent. */
export interface RawRouteInput {
  readonly messages: readonly RawMessage[];
  readonly taskType?: Maybe<string>;
  readonly models?: Maybe<readonly string[]>;
  readonly requires?: Maybe<readonly Capability[]>;
  readonly maxOutputTokens?: Maybe<number>;
  readonly temperature?: Maybe<number>;
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

export interface RawMessage {
  readonly role: Message['role'];
  readonly content?: Maybe<string>;
  readonly parts?: Maybe<readonly RawContentPart[]>;
  readonly toolCallId?: Maybe<string>;
  readonly toolCalls?: Maybe<readonly RawToolCall[]>;
  readonly providerState?: Maybe<string>;
}

export interface RawContentPart {
  readonly text?: Maybe<string>;
  readonly image?: Maybe<RawImage>;
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
}

export interface RawToolChoice {
  readonly mode: ToolChoice['mode'];
  readonly toolName?: Maybe<string>;
}

export interface RawResponseFormat {
  readonly type: ResponseFormat['type'];
  readonly jsonSchema?: Maybe<JsonValue>;
}
