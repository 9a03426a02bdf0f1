import type { LanguageModelV4Content, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import type { ToolCall } from '../message.ts';
import { estimateInputTokens, estimateTextTokens } from '../estimate-tokens.ts';
import { MAX_ANSWER_CHARACTERS } from '../answer-bounds.ts';
import type { ProviderFailure } from '../failure.ts';
import type { ProviderAnswer, ProviderRequest, ProviderResult, TokenUsage } from '../provider.ts';
import { rateLimitHeaders } from '../rate-limit-headers.ts';
import type { Dialect } from './dialect.ts';
import { givesReason, judgeEnding, readEnding, type Ending } from '../wire/ending.ts';
import type { Seals } from './from-stream.ai-sdk.ts';
import { handOut } from './handed-out.ts';
import { encodeMessageState, type AnswerBlock } from './message-state.ts';
import { carriedOptions, encodeCallState, type StateOwner, type ThoughtState } from './provider-state.ts';
import { usageOf, type Estimates, type TokenCounts } from './token-counts.ts';

/** What the SDK made of an answer, and what the answer itself says of its end and counts. */
export interface ReadResult extends LanguageModelV4GenerateResult {
  readonly word: string | undefined;
  /** Where it says that the model stopped. */
  readonly stopSequence: string | undefined;
  readonly counts: TokenCounts | undefined;
}

/** Who answered what. */
export interface Answering {
  readonly providerSlug: string;
  readonly dialect: Dialect;
  readonly request: ProviderRequest;
}

type Reasoning = Extract<LanguageModelV4Content, { type: 'reasoning' }>;
type Finish = LanguageModelV4GenerateResult['finishReason'];

/** What the SDK returned, as an answer, or as the failure that it is although its HTTP status says success. */
export function fromResult(
  result: ReadResult,
  { providerSlug, dialect, request }: Answering,
): ProviderResult {
  const headers = rateLimitHeaders(result.response?.headers);
  if (sizeOf(result.content) > MAX_ANSWER_CHARACTERS) {
    return { ok: false, failure: { ...tooLarge, httpStatus: 200 }, headers, usage: flooded(result, request) };
  }
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
  const spoken = {
    ...reasoningOf(result.content),
    ...stateOf(result.content, text, { providerSlug, dialect }),
  };
  const answer: ProviderAnswer = {
    ...{ text, ...spoken, toolCalls, finishReason: verdict },
    ...stopOf(result, request),
    usage,
  };
  return { ok: true, answer, headers };
}

/** Where the model stopped, of what it was asked to stop at: others' words are none of the caller's. */
function stopOf(
  { stopSequence }: ReadResult,
  { stopSequences = [] }: ProviderRequest,
): Pick<ProviderAnswer, 'stopSequence'> {
  return stopSequence !== undefined && stopSequences.includes(stopSequence) ? { stopSequence } : {};
}

/** All that was shown of the thinking. */
function reasoningOf(content: readonly LanguageModelV4Content[]): Pick<ProviderAnswer, 'reasoningText'> {
  const thoughts = content.flatMap((part) =>
    part.type === 'reasoning' && part.text !== '' ? [part.text] : [],
  );
  return thoughts.length === 0 ? {} : { reasoningText: thoughts.join('\n\n') };
}

/** What the provider wants back with the message as a whole. */
function stateOf(
  content: readonly LanguageModelV4Content[],
  text: string,
  { providerSlug, dialect }: Pick<Answering, 'providerSlug' | 'dialect'>,
): Pick<ProviderAnswer, 'providerState'> {
  const owner = { providerSlug, optionsOwner: dialect.optionsOwner };
  const blocks = content.flatMap((part): AnswerBlock[] => {
    if (part.type === 'text')
      return [{ kind: 'text', text: part.text, ...textOptions(part, owner, dialect) }];
    if (part.type === 'tool-call') return part.providerExecuted === true ? [] : [{ kind: 'call' }];
    if (part.type !== 'reasoning' || !goesBack(part, owner, dialect)) return [];
    return [{ kind: 'thought', text: part.text, ...toOptions(part.providerMetadata, owner) }];
  });
  // A text that was made from something else has no place among the blocks.
  const said = blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
  const providerState = said === text ? encodeMessageState(owner, blocks) : undefined;
  return providerState === undefined ? {} : { providerState };
}

/** Of texts only what they are marked with goes back: what OpenAI calls its items by, it has not kept. */
function textOptions(
  { providerMetadata }: Extract<LanguageModelV4Content, { type: 'text' }>,
  owner: StateOwner,
  { textMarks }: Dialect,
): Pick<ThoughtState, 'options'> {
  const options = carriedOptions(providerMetadata, owner, textMarks);
  return options === undefined ? {} : { options };
}

/** More than any model writes: what it is made of is not looked at any closer. */
export const tooLarge: ProviderFailure = {
  failureClass: 'MALFORMED',
  message: `The answer has more than ${MAX_ANSWER_CHARACTERS} characters.`,
};

function flooded({ counts, content }: ReadResult, request: ProviderRequest): TokenUsage {
  return usageOf(counts, estimates(request, content));
}

/** How many characters an answer has, thoughts included. */
function sizeOf(content: readonly LanguageModelV4Content[]): number {
  return content.reduce((sum, part) => sum + textOf(part).length, 0);
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
  const owner = { providerSlug, optionsOwner: dialect.optionsOwner };
  const calls: ToolCall[] = [];
  let thoughts: ThoughtState[] = [];
  for (const part of content) {
    if (part.type === 'reasoning' && goesBack(part, owner, dialect)) {
      thoughts.push({ text: part.text, ...toOptions(part.providerMetadata, owner) });
    }
    if (part.type !== 'tool-call' || part.providerExecuted === true) continue;
    const state = { ...toOptions(part.providerMetadata, owner), ...(thoughts.length > 0 && { thoughts }) };
    const providerState = encodeCallState(owner, state);
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

/** Where thoughts are not sent back, those are that carry something which their provider wants. */
function goesBack({ providerMetadata }: Reasoning, owner: StateOwner, { returnsThoughts }: Dialect): boolean {
  return returnsThoughts || carriedOptions(providerMetadata, owner) !== undefined;
}

/** Seals thoughts and calls as their provider wants them back, as far as it does. */
export function sealedBy(providerSlug: string, dialect: Dialect): Seals {
  const owner = { providerSlug, optionsOwner: dialect.optionsOwner };
  const stateOf = ({ text, providerMetadata }: Thought) => ({ text, ...toOptions(providerMetadata, owner) });
  return {
    thought: (thought) =>
      dialect.returnsThoughts ? encodeCallState(owner, { thoughts: [stateOf(thought)] }) : undefined,
    begunCall(thoughts, chunk) {
      // Signed calls: only the whole one is sure to have its signature.
      if (mayBeSigned(dialect, chunk)) return undefined;
      if (thoughts.length === 0 || !dialect.returnsThoughts) return null;
      return encodeCallState(owner, { thoughts: thoughts.map(stateOf) }) ?? null;
    },
  };
}

/** Whether a call's own signature may come with or after what it began with. */
function mayBeSigned({ optionsOwner }: Dialect, chunk: unknown): boolean {
  if (optionsOwner === 'google' || optionsOwner === 'googleVertex') return true;
  // Google's endpoint of OpenAI's kind sends it with the call's beginning.
  return optionsOwner === 'compatible' && JSON.stringify(chunk ?? null).includes('thought_signature');
}

type Thought = Extract<LanguageModelV4Content, { type: 'reasoning' }>;

function toOptions(metadata: unknown, owner: StateOwner): Pick<ThoughtState, 'options'> {
  const options = carriedOptions(metadata, owner);
  return options === undefined ? {} : { options };
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
