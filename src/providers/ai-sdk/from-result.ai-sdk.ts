import type { LanguageModelV4Content, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import type { Dialect } from './dialect.ts';
import type { ProviderFailure } from '../failure.ts';
import type { JsonObject, ToolCall } from '../message.ts';
import { encodeCallState, type ThoughtState } from './provider-state.ts';
import type { FinishReason, ProviderAnswer, ProviderResult, TokenUsage } from '../provider.ts';
import { rateLimitHeaders } from '../rate-limit-headers.ts';

type Finish = LanguageModelV4GenerateResult['finishReason'];

/** What the SDK returned, as an answer, or as the failure that it is although its HTTP status says success. */
export function fromResult(
  result: LanguageModelV4GenerateResult,
  providerSlug: string,
  dialect: Dialect,
): ProviderResult {
  const headers = rateLimitHeaders(result.response?.headers);
  const usage = toUsage(result.usage);
  const text =
    result.structuredOutputText ??
    result.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const toolCalls = toToolCalls(result.content, providerSlug, dialect);
  const isEmpty = text.trim() === '' && toolCalls.length === 0;
  const verdict = toFinishReason(result.finishReason, isEmpty);
  if (typeof verdict === 'object')
    return { ok: false, failure: { ...verdict, httpStatus: 200 }, headers, usage };
  const answer: ProviderAnswer = { text, toolCalls, finishReason: verdict, usage };
  return { ok: true, answer, headers };
}

/** Why the model stopped, or why what it delivered is no answer. */
function toFinishReason(finish: Finish, isEmpty: boolean): FinishReason | ProviderFailure {
  // OpenRouter reports an upstream that failed midway as a finish reason of its own.
  if (finish.unified === 'error' || finish.unified === 'interrupted' || finish.raw === 'error') {
    return { failureClass: 'MALFORMED', message: 'The provider broke off its answer.' };
  }
  if (isEmpty && finish.unified !== 'stop') return emptyFailure(finish);
  switch (finish.unified) {
    case 'tool-calls':
      return 'tool_calls';
    case 'content-filter':
      return 'content_filter';
    default:
      return finish.unified;
  }
}

function emptyFailure(finish: Finish): ProviderFailure {
  if (finish.unified === 'content-filter') {
    return { failureClass: 'CONTENT_FILTER', message: "The provider's content filter withheld the answer." };
  }
  if (finish.raw === undefined) {
    return { failureClass: 'MALFORMED', message: 'The response holds no answer and no reason for that.' };
  }
  return finish.unified === 'length'
    ? { failureClass: 'EMPTY_OUTPUT', message: 'The model spent its output budget without an answer.' }
    : { failureClass: 'EMPTY_OUTPUT', message: 'The model ended without an answer.' };
}

/** Tool calls in order; the thinking before a call travels in its state. */
function toToolCalls(
  content: readonly LanguageModelV4Content[],
  providerSlug: string,
  dialect: Dialect,
): readonly ToolCall[] {
  const calls: ToolCall[] = [];
  let thoughts: ThoughtState[] = [];
  for (const part of content) {
    if (part.type === 'reasoning' && dialect.returnsThoughts) {
      thoughts.push({ text: part.text, ...toOptions(part.providerMetadata) });
    }
    if (part.type !== 'tool-call' || part.providerExecuted === true) continue;
    const state = { ...toOptions(part.providerMetadata), ...(thoughts.length > 0 && { thoughts }) };
    const providerState = encodeCallState(providerSlug, state);
    calls.push({
      id: part.toolCallId,
      name: part.toolName,
      arguments: part.input,
      ...(providerState !== undefined && { providerState }),
    });
    thoughts = [];
  }
  return calls;
}

function toOptions(metadata: unknown): { readonly options?: JsonObject } {
  return metadata === undefined ? {} : { options: metadata as JsonObject };
}

function toUsage(usage: LanguageModelV4GenerateResult['usage']): TokenUsage {
  return {
    inputTokens: usage.inputTokens.total ?? 0,
    outputTokens: usage.outputTokens.total ?? 0,
    reasoningTokens: usage.outputTokens.reasoning ?? 0,
  };
}
