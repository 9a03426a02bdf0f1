import type { PolicyNarrowing } from '../../policies/narrow.ts';
import type { Capability } from '../../catalog/model.ts';
import type { Message, ReasoningEffort, ResponseFormat, Tool, ToolChoice } from '../../providers/message.ts';

/** A routed call as its caller asked for it: checked, in the product's own words. */
export interface RouteRequest {
  readonly messages: readonly Message[];
  /** `default` when the caller named none. */
  readonly taskType: string;
  readonly models: readonly string[] | null;
  /** Named by the caller or implied by tools, images or a JSON schema; without duplicates. */
  readonly requires: readonly Capability[];
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
  readonly reasoningEffort: ReasoningEffort | null;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | null;
  readonly responseFormat: ResponseFormat;
  /** The caller's deadline, milliseconds; null: the policy's. */
  readonly timeoutMs: number | null;
  readonly maxCostMicroUsd: number | null;
  readonly narrowing: PolicyNarrowing;
  readonly workflowId: string | null;
  readonly idempotencyKey: string | null;
}
