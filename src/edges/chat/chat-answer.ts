import type { ToolCall } from '../../providers/message.ts';
import type { FinishReason, ProviderAnswer, TokenUsage } from '../../providers/provider.ts';
import type { RouteSuccess } from '../../routing/record/call-end.ts';
import { factObject, type AnswerFacts } from '../common/answer-facts.ts';
import { packCallId } from '../common/call-state.ts';
import type { ChatCall } from './parse-chat.ts';

/** Why a model stopped, in the words of Chat Completions. */
export const finishReasons = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  other: 'stop',
} as const satisfies Record<FinishReason, string>;

/** What every object of one answer says. */
export function frameOf(
  object: string,
  { id, createdAt }: { readonly id: string; readonly createdAt: number },
) {
  return { id: `chatcmpl-${id}`, object, created: Math.floor(createdAt / 1000) };
}

/** A whole answer. */
export function chatCompletion({ view, end }: RouteSuccess, call: ChatCall, facts: AnswerFacts) {
  const { answer, modelKey } = end;
  return {
    ...frameOf('chat.completion', view.decision),
    model: modelKey,
    choices: [
      {
        index: 0,
        message: messageOf(answer),
        logprobs: null,
        finish_reason: finishReasonOf(answer),
      },
    ],
    usage: usageOf(answer.usage),
    service_tier: 'default',
    system_fingerprint: null,
    switchyard: { ...factObject(facts), notices: noticesOf({ view, end }, call) },
  };
}

function messageOf({ text, reasoningText, toolCalls }: ProviderAnswer) {
  return {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    annotations: [],
    ...(reasoningText !== undefined && { reasoning_content: reasoningText }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(toolCallOf) }),
  };
}

/** Clients act on calls when the reason says so; some providers say `stop` all the same. */
export function finishReasonOf({ finishReason, toolCalls }: ProviderAnswer): string {
  return finishReason === 'stop' && toolCalls.length > 0 ? 'tool_calls' : finishReasons[finishReason];
}

/** A tool call, whose id brings its provider's state back. */
export function toolCallOf({ id, name, arguments: args, providerState }: ToolCall) {
  return { id: packCallId(id, providerState), type: 'function', function: { name, arguments: args } };
}

/** What an answer used. */
export function usageOf(usage: TokenUsage) {
  const { inputTokens, outputTokens, reasoningTokens, cachedInputTokens = 0 } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** What of the request was not asked as it was wished, a sentence each. */
export function noticesOf({ view }: RouteSuccess, { handedOn }: ChatCall): readonly string[] {
  const last = view.decision.attempts.at(-1);
  const lost = handedOn
    .filter(({ providers }) => last === undefined || !providers.includes(last.providerSlug))
    .map(({ name }) => `\`${name}\` was left out: the model speaks another dialect.`);
  return [...(last?.notices ?? []), ...lost];
}
