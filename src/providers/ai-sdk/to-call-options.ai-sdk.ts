import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { Dialect } from './dialect.ts';
import type { ResponseFormat, Tool, ToolChoice } from '../message.ts';
import type { ProviderRequest } from '../provider.ts';
import { divideBudget, takesThinkingTokens } from './reasoning-budget.ts';
import { hasLockedSampling, isStrictSchema } from './parameters.ts';
import { hasLateSystem, toPrompt } from './to-prompt.ai-sdk.ts';

/** A request in the SDK's terms, and what of it was adapted on the way, a sentence each. */
export interface WordedRequest {
  readonly options: LanguageModelV4CallOptions;
  readonly notices: readonly string[];
}

/** Puts a request in the SDK's terms, for the provider of this slug. */
export function wordRequest(
  request: ProviderRequest,
  providerSlug: string,
  dialect: Dialect,
  signal: AbortSignal,
): WordedRequest {
  const { responseFormat, messages, modelSlug, temperature } = request;
  const isLocked = !dialect.guardsSampling && hasLockedSampling(modelSlug);
  const isLoose = responseFormat.type === 'json_schema' && !isStrictSchema(responseFormat.jsonSchema);
  const prompt = toPrompt(messages, { providerSlug, dialect });
  const { providerOptions, ...effort } = effortOptions(request, dialect);
  const options: LanguageModelV4CallOptions = {
    prompt: withJsonInstruction(prompt, responseFormat),
    abortSignal: signal,
    ...effort,
    providerOptions: isLoose ? loosely(providerOptions) : providerOptions,
    ...(temperature !== undefined && !isLocked && { temperature }),
    ...(responseFormat.type !== 'text' && { responseFormat: toJsonFormat(responseFormat) }),
    ...(request.tools.length > 0 && {
      tools: request.tools.map(toFunctionTool),
      ...(request.toolChoice !== undefined && { toolChoice: toToolChoice(request.toolChoice) }),
    }),
  };
  const notices = [
    ...(temperature !== undefined && isLocked ? [noticeOfTemperature] : []),
    ...(isLoose && dialect.strictMode ? [noticeOfSchema] : []),
    ...(hasLateSystem(messages, dialect) ? [noticeOfSystem] : []),
  ];
  return { options, notices };
}

const noticeOfTemperature = 'The temperature was left out: the model takes none.';
const noticeOfSchema =
  'The JSON schema was sent without strict mode, which takes only schemas with all properties required and no others allowed.';
const noticeOfSystem =
  'A system message amid the conversation was said as the user: the model takes one at the beginning only.';

/** Strict mode refuses a schema that it does not take as a whole; without it the model is asked to follow it. */
function loosely(providerOptions: Effort['providerOptions']): Effort['providerOptions'] {
  const strictJsonSchema = false;
  return {
    ...providerOptions,
    openai: { ...providerOptions['openai'], strictJsonSchema },
    compatible: { strictJsonSchema },
  };
}

interface Effort extends Pick<LanguageModelV4CallOptions, 'maxOutputTokens' | 'reasoning'> {
  readonly providerOptions: NonNullable<LanguageModelV4CallOptions['providerOptions']>;
}

/** OpenAI must neither keep conversations nor be asked for summaries, which unverified organisations may not have. */
const openaiOptions = { store: false, reasoningSummary: null };

/**
 * The output budget and the effort. Where effort is a number of tokens we divide the budget ourselves: the SDK
 * takes its share of the model's own limit and puts it on top of the budget, which the plan has not paid for.
 */
function effortOptions(request: ProviderRequest, dialect: Dialect): Effort {
  const { outputBudgetTokens, reasoningEffort } = request;
  const providerOptions = { openai: openaiOptions };
  if (reasoningEffort === undefined) return { maxOutputTokens: outputBudgetTokens, providerOptions };
  if (dialect.thinkingTokens === null || !takesThinkingTokens(request.modelSlug)) {
    return { maxOutputTokens: outputBudgetTokens, reasoning: reasoningEffort, providerOptions };
  }
  const budget = divideBudget(outputBudgetTokens, reasoningEffort);
  if (budget === undefined) return { maxOutputTokens: outputBudgetTokens, providerOptions };
  if (dialect.thinkingTokens === 'google') {
    const thinkingConfig = { thinkingBudget: Math.min(budget.thinkingTokens, maxGeminiThinkingTokens) };
    return { maxOutputTokens: outputBudgetTokens, providerOptions: { google: { thinkingConfig } } };
  }
  // The SDK adds the thinking tokens to `maxOutputTokens` for Anthropic.
  const thinking = { type: 'enabled', budgetTokens: budget.thinkingTokens };
  return { maxOutputTokens: budget.answerTokens, providerOptions: { anthropic: { thinking } } };
}

/** What the smallest Gemini 2.5 model takes. */
const maxGeminiThinkingTokens = 24_576;

const jsonInstruction = 'Answer with one JSON value and nothing else.';

/** JSON without a schema is a mode that OpenAI grants only when the prompt asks for it, and Anthropic does not have. */
function withJsonInstruction(
  prompt: LanguageModelV4CallOptions['prompt'],
  format: ResponseFormat,
): LanguageModelV4CallOptions['prompt'] {
  if (format.type !== 'json') return prompt;
  const start = prompt.findIndex((message) => message.role !== 'system');
  return prompt.toSpliced(start === -1 ? prompt.length : start, 0, {
    role: 'system',
    content: jsonInstruction,
  });
}

function toJsonFormat(
  format: Exclude<ResponseFormat, { type: 'text' }>,
): NonNullable<LanguageModelV4CallOptions['responseFormat']> {
  if (format.type === 'json') return { type: 'json' };
  return { type: 'json', name: 'answer', schema: format.jsonSchema };
}

function toFunctionTool(tool: Tool): NonNullable<LanguageModelV4CallOptions['tools']>[number] {
  return {
    type: 'function',
    name: tool.name,
    inputSchema: tool.parameters,
    ...(tool.description !== undefined && { description: tool.description }),
  };
}

function toToolChoice(choice: ToolChoice): NonNullable<LanguageModelV4CallOptions['toolChoice']> {
  return choice.mode === 'tool' ? { type: 'tool', toolName: choice.toolName } : { type: choice.mode };
}
