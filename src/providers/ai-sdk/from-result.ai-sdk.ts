import type { LanguageModelV4Content, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import type { JsonObject } from '../../system/json.ts';
import type { ToolCall } from '../message.ts';
import { estimateInputTokens, estimateTextTokens } from '../estimate-tokens.ts';
import type { ProviderAnswer, ProviderRequest, ProviderResult } from '../provider.ts';
import { rateLimitHeaders } from '../rate-limit-headers.ts';
import type { Dialect } from './dialect.ts';
import { givesReason, judgeEnding, readEnding, type Ending } from './ending.ts';
import { handOut } from './handed-out.ts';
import { encodeCallState, type ThoughtState } from './provider-state.ts';
import { usageOf, type Estimates, type TokenCounts } from './token-counts.ts';

/** What the SDK made of an answer, and what the answer itself says of its end and counts. */
export interface ReadResult extends LanguageModelV4GenerateResult {
  readonly word: string | undefined;
  readonly counts: TokenCounts | undefined;
}

/** Who answered what. */
export interface Answering {
  readonly providerSlug: string;
  readonly dialect: Dialect;
  readonly request: ProviderRequest;
}

type Finish = LanguageModelV4GenerateResult['finishReason'];

/** What the SDK returned, as an answer, or as the failure that it is although its HTTP status says success. */
export function fromResult(
  result: ReadResult,
  { providerSlug, dialect, request }: Answering,
): ProviderResult {
  const headers = rateLimitHeaders(result.response?.headers);
  const usage = usageOf(result.counts, estimates(request, result.content));
  const text =
    result.structuredOutputText ??
    result.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const toolCalls = toToolCalls(result.content, providerSlug, dialect);
  const verdict = judgeEnding({
    ending: endingOf(result.finishReason, result.word),
    saysWhy: givesReason(result.finishReason.raw) || givesReason(result.word),
    hasText: text.trim() !== '',
    calls: toolCalls,
  });
  if (typeof verdict === 'object')
    return { ok: false, failure: { ...verdict, httpStatus: 200 }, headers, usage };
  const answer: ProviderAnswer = { text, toolCalls, finishReason: verdict, usage };
  return { ok: true, answer, headers };
}

/** The SDK knows some of the providers' words, and of some endings more than their word says: refusals, blocks. */
function endingOf({ unified, raw }: Finish, word: string | undefined): Ending | undefined {
  if (unified === 'content-filter') return 'content_filter';
  return readEnding(raw, word) ?? readEnding(unified);
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
  return handOut(calls);
}

function toOptions(metadata: unknown): { readonly options?: JsonObject } {
  return metadata === undefined ? {} : { options: metadata as JsonObject };
}

/** How many tokens a request and what came of it are likely to be, as far as it is shown. */
export function estimates(request: ProviderRequest, content: readonly LanguageModelV4Content[]): Estimates {
  return {
    input: () => estimateInputTokens(request),
    output: () => content.reduce((sum, part) => sum + estimateTextTokens(textOf(part)), 0),
  };
}

function textOf(part: LanguageModelV4Content): string {
  if (part.type === 'text' || part.type === 'reasoning') return part.text;
  return part.type === 'tool-call' ? part.toolName + part.input : '';
}
