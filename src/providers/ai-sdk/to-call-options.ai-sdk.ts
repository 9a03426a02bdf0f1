import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { JsonObject } from '../../system/json.ts';
import type { Dialect } from './dialect.ts';
import type { ReasoningEffort, Tool, ToolChoice } from '../message.ts';
import type { ProviderRequest } from '../provider.ts';
import { adaptEffort } from './adapt/effort.ts';
import { withJsonInstruction, wordFormat } from './adapt/json-format.ts';
import { requireAskable } from './adapt/required.ts';
import { adaptSampling } from './adapt/sampling.ts';
import { tellCalls } from './adapt/told-calls.ts';
import { adaptTools, areStrictTogether } from './adapt/strict-tools.ts';
import { placeTopK, type PlacedTopK } from './adapt/top-k.ts';
import { adaptWishes } from './adapt/wishes.ts';
import { contentsOf } from './chat/cohere.ai-sdk.ts';
import { withModelFields } from './adapt/own-options.ts';
import { carriedOf } from './chat/carried-fields.ts';
import { BUDGET_NAME_OPTION, hasLockedSampling } from './parameters.ts';
import { sdkNameOf } from './provider-state.ts';
import { takesThinkingTokens } from './reasoning-budget.ts';
import { hasLateSystem, noticesOfBreakpoints, toPrompt } from './to-prompt.ai-sdk.ts';

/** A request in the SDK's terms, and what of it was adapted on the way, a sentence each. */
export interface WordedRequest {
  readonly options: LanguageModelV4CallOptions;
  readonly notices: readonly string[];
}

/**
 * Puts a request in the SDK's terms, for the provider of this slug. Hints are adapted to the nearest that the model
 * takes; throws UnaskableError rather than weaken a demand.
 */
export function wordRequest(
  asked: ProviderRequest,
  providerSlug: string,
  dialect: Dialect,
  signal: AbortSignal,
): WordedRequest {
  const request = withModelFields(asked, dialect);
  const { maxStopSequences, lacksOf } = dialect;
  requireAskable(request, { maxStopSequences, lacks: lacksOf(request.modelSlug) });
  const { responseFormat, stopSequences, toolChoice } = request;
  const { messages, notices: noticesOfCalls } = tellCalls(request, dialect.callsNeedTools);
  const prompt = toPrompt(messages, { providerSlug, dialect });
  const format = wordFormat(responseFormat, dialect);
  const effort = wordEffort(request, dialect);
  const sampled = wordSampling(request, dialect);
  const wishes = adaptWishes(request, dialect.wishes);
  const { tools, notices: noticesOfTools } = adaptTools(request.tools, dialect.strictTools);
  const options: LanguageModelV4CallOptions = {
    prompt: withJsonInstruction(prompt, responseFormat, dialect),
    abortSignal: signal,
    ...effort.options,
    providerOptions: optionsOf(request, dialect, {
      ...wishes.options,
      ...effort.own,
      ...sampled.options,
      ...format.own,
    }),
    ...carriedOf(request, dialect, { ...effort.carried, ...ofCohere(dialect, prompt, tools) }),
    ...sampled.sampling,
    ...(stopSequences !== undefined && { stopSequences: [...stopSequences] }),
    ...format.option,
    ...(tools.length > 0 && {
      tools: tools.map(toFunctionTool),
      ...(toolChoice !== undefined && { toolChoice: toToolChoice(toolChoice) }),
    }),
  };
  const notices = [
    ...effort.notices,
    ...sampled.notices,
    ...wishes.notices,
    ...noticesOfTools,
    ...noticesOfCalls,
    ...format.notices,
    ...noticesOfBreakpoints(messages, dialect),
    ...(hasLateSystem(messages, dialect) ? [noticeOfSystem] : []),
  ];
  return { options, notices };
}

/** What Cohere's package has no words for. */
function ofCohere(
  { optionsOwner }: Dialect,
  prompt: LanguageModelV4CallOptions['prompt'],
  tools: readonly Tool[],
): JsonObject {
  if (optionsOwner !== 'cohere') return {};
  return { ...contentsOf(prompt), ...(areStrictTogether(tools) && { strict_tools: true }) };
}

/** The sampling as the model takes it. Some have a place of their own for one of its parameters. */
function wordSampling(request: ProviderRequest, dialect: Dialect): PlacedTopK {
  const { sampling, notices } = adaptSampling(request.sampling ?? {}, {
    isLocked: isLocked(request, dialect),
    range: dialect.sampling,
  });
  const { topK, ...rest } = sampling;
  if (dialect.topKOption !== null && topK !== undefined)
    return { sampling: rest, options: { [dialect.topKOption]: topK }, notices };
  if (dialect.optionsOwner !== 'amazonBedrock') return { sampling, options: {}, notices };
  const { reasoningEffort = 'none' } = request;
  const placed = placeTopK(request, sampling, reasoningEffort !== 'none');
  return { ...placed, notices: [...notices, ...placed.notices] };
}

const noticeOfSystem =
  'A system message amid the conversation was said as the user: the model takes one at the beginning only.';

/** The catalog knows which models take no sampling; where it says nothing, the SDK or the model's name may. */
function isLocked({ modelSlug, traits }: ProviderRequest, { guardsSampling }: Dialect): boolean {
  return traits?.samplingLocked === true || (!guardsSampling && hasLockedSampling(modelSlug));
}

function isOpenai({ optionsOwner }: Dialect): boolean {
  return optionsOwner === 'openai' || optionsOwner === 'azure';
}

/** OpenAI need not be asked for summaries, which unverified organisations may not have. */
const openaiDefaults = { reasoningSummary: null };

/** The options that the provider's SDK takes as its own: what the caller says never comes before what was decided. */
function optionsOf(
  { providerOptions, traits }: ProviderRequest,
  dialect: Dialect,
  decided: JsonObject,
): NonNullable<LanguageModelV4CallOptions['providerOptions']> {
  const { optionsOwner, ownOptions } = dialect;
  const told = Object.entries(providerOptions ?? {}).filter(([name]) => ownOptions?.has(name) !== false);
  const budgetName = optionsOwner === 'compatible' ? (traits?.maxTokensParameter ?? null) : null;
  const options: JsonObject = {
    ...(isOpenai(dialect) && openaiDefaults),
    ...Object.fromEntries(told),
    ...decided,
    ...dialect.decided,
    ...(budgetName !== null && { [BUDGET_NAME_OPTION]: budgetName }),
  };
  // Azure's Chat Completions read OpenAI's, its Responses their own.
  return optionsOwner === 'azure'
    ? { azure: options, openai: options }
    : { [sdkNameOf(optionsOwner)]: options };
}

/** An effort in the SDK's terms: options of the call, and the provider's own. */
interface WordedEffort {
  readonly options: Pick<LanguageModelV4CallOptions, 'maxOutputTokens' | 'reasoning'>;
  readonly own: JsonObject;
  /** What goes into the body by our own hand. */
  readonly carried?: JsonObject;
  readonly notices: readonly string[];
}

/** Cohere takes a number of tokens of all models, others of older ones; Bedrock of Anthropic's alone, whose names say so. */
function takesTokens({ thinkingTokens }: Dialect, modelSlug: string): boolean {
  if (thinkingTokens === null || thinkingTokens === 'cohere') return thinkingTokens !== null;
  const isTheirs = thinkingTokens !== 'amazonBedrock' || modelSlug.includes('anthropic');
  return isTheirs && takesThinkingTokens(modelSlug);
}

/**
 * The output budget and the effort. Where effort is a number of tokens we divide the budget ourselves: the SDK
 * takes its share of the model's own limit and puts it on top of the budget, which the plan has not paid for.
 */
function wordEffort(request: ProviderRequest, dialect: Dialect): WordedEffort {
  const { outputBudgetTokens: maxOutputTokens } = request;
  const { carriedEffort, unbounded } = dialect;
  const { effort, budget, notices } = adaptEffort(request, {
    usual: carriedEffort?.usual ?? null,
    unbounded: unbounded?.models.test(request.modelSlug) === true ? unbounded.efforts : [],
    takesTokens: takesTokens(dialect, request.modelSlug),
    excludesForcing: dialect.thinkingTokens === 'anthropic' || dialect.thinkingTokens === 'amazonBedrock',
  });
  if (effort === undefined) return { options: { maxOutputTokens }, own: {}, notices };
  if (carriedEffort !== null) {
    const carried = { reasoning: { effort: carriedEffort.words[effort] ?? effort } };
    return { options: { maxOutputTokens }, own: {}, carried, notices };
  }
  if (budget === undefined) {
    // Of a name that it does not know the SDK believes that it does not reason; the catalog says that it does.
    const own = isOpenai(dialect) ? { forceReasoning: true } : effortBeyondNames(effort, request, dialect);
    return { options: { maxOutputTokens, reasoning: effort }, own, notices };
  }
  if (dialect.thinkingTokens === 'cohere') {
    // It thinks unless it is told not to, within the output budget.
    const enabled = { type: 'enabled', tokenBudget: budget.thinkingTokens };
    const thinking = effort === 'none' ? { type: 'disabled' } : enabled;
    return { options: { maxOutputTokens }, own: { thinking }, notices };
  }
  if (dialect.thinkingTokens === 'google') {
    const { thinkingBudget, notice } = geminiBudget(request.modelSlug, budget.thinkingTokens);
    const own = { thinkingConfig: { thinkingBudget } };
    return { options: { maxOutputTokens }, own, notices: [...notices, ...notice] };
  }
  if (dialect.thinkingTokens === 'amazonBedrock' && effort !== 'none') {
    const reasoningConfig = { type: 'enabled', budgetTokens: budget.thinkingTokens };
    return { options: { maxOutputTokens: budget.answerTokens }, own: { reasoningConfig }, notices };
  }
  // Without the option it does not think.
  if (effort === 'none') return { options: { maxOutputTokens }, own: {}, notices };
  // The SDK adds the thinking tokens to `maxOutputTokens` for Anthropic.
  const thinking = { type: 'enabled', budgetTokens: budget.thinkingTokens };
  return { options: { maxOutputTokens: budget.answerTokens }, own: { thinking }, notices };
}

/** An effort that the catalog says a model takes, whatever the SDK's list of models says of its name. */
function effortBeyondNames(
  effort: ReasoningEffort,
  { traits }: ProviderRequest,
  { effortOption }: Dialect,
): JsonObject {
  return traits?.efforts != null && effortOption?.has(effort) === true ? { reasoningEffort: effort } : {};
}

/** What the smallest Gemini 2.5 model takes. */
const MAX_GEMINI_THINKING_TOKENS = 24_576;
/** What Gemini 2.5 Pro takes at least (https://ai.google.dev/gemini-api/docs/thinking). */
const MIN_GEMINI_PRO_THINKING_TOKENS = 128;

function geminiBudget(modelSlug: string, tokens: number) {
  if (tokens === 0 && modelSlug.includes('pro')) {
    const notice = ['The model cannot be asked not to reason: it was asked for its least.'];
    return { thinkingBudget: MIN_GEMINI_PRO_THINKING_TOKENS, notice };
  }
  return { thinkingBudget: Math.min(tokens, MAX_GEMINI_THINKING_TOKENS), notice: [] };
}

function toFunctionTool(tool: Tool): NonNullable<LanguageModelV4CallOptions['tools']>[number] {
  return {
    type: 'function',
    name: tool.name,
    inputSchema: tool.parameters,
    ...(tool.description !== undefined && { description: tool.description }),
    ...(tool.strict !== undefined && { strict: tool.strict }),
  };
}

function toToolChoice(choice: ToolChoice): NonNullable<LanguageModelV4CallOptions['toolChoice']> {
  return choice.mode === 'tool' ? { type: 'tool', toolName: choice.toolName } : { type: choice.mode };
}
