import type { PolicyNarrowing } from '../../policies/narrow.ts';
import type { PlannedCapability } from '../../catalog/planned-capabilities.ts';
import type { JsonObject } from '../../system/json.ts';
import type { EmbeddingTask } from '../../providers/embedding.ts';
import type { Message, ReasoningEffort, ResponseFormat, Tool, ToolChoice } from '../../providers/message.ts';

/** A name and a value by which a caller finds its calls again. */
export interface Label {
  readonly name: string;
  readonly value: string;
}

/** A routed call as its caller asked for it: checked, in the product's own words. */
export interface RouteRequest {
  readonly messages: readonly Message[];
  /** Vectors of these are wanted; then there are no messages. Absent: an answer is wanted. */
  readonly embedding?: EmbeddingTask;
  /** `default` when the caller named none. */
  readonly taskType: string;
  readonly models: readonly string[] | null;
  /** Named by the caller or implied by what it sends and demands; without duplicates. */
  readonly requires: readonly PlannedCapability[];
  readonly maxOutputTokens: number | null;
  /** Hints for drawing tokens, as `Sampling` has them. */
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly seed: number | null;
  readonly presencePenalty: number | null;
  readonly frequencyPenalty: number | null;
  readonly stopSequences: readonly string[] | null;
  readonly reasoningEffort: ReasoningEffort | null;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | null;
  readonly parallelToolCalls: boolean | null;
  readonly responseFormat: ResponseFormat;
  /** The caller's deadline, milliseconds; null: the policy's. */
  readonly timeoutMs: number | null;
  readonly maxCostMicroUsd: number | null;
  readonly narrowing: PolicyNarrowing;
  readonly workflowId: string | null;
  /** Calls of one session prefer one model. */
  readonly sessionId: string | null;
  readonly endUserId: string | null;
  /** Recorded with the decision; each name once, in the caller's order. */
  readonly labels: readonly Label[] | null;
  /** By provider slug. */
  readonly providerOptions: Readonly<Record<string, JsonObject>> | null;
  readonly idempotencyKey: string | null;
}
