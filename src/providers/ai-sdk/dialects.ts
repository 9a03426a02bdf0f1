import { isDatedAzure } from '../adapter-settings.ts';
import type { Adapter, SdkConnection } from '../provider.ts';
import type { Demandable } from './adapt/required.ts';
import type { Dialect } from './dialect.ts';

const compatible: Dialect = {
  optionsOwner: 'compatible',
  thinkingTokens: null,
  returnsThoughts: false,
  signsTexts: false,
  strictMode: true,
  takesLateSystem: true,
  needsMediaType: false,
  guardsSampling: false,
  callIds: null,
  takesParsedArguments: false,
  ownOptions: null,
  effortOption: null,
  carriedEffort: null,
  decided: {},
  asksForStreamUsage: true,
  sampling: { maxTemperature: 2, minPenalty: -2, maxPenalty: 2 },
  wishes: {
    parallelToolCalls: { option: 'parallel_tool_calls' },
    endUser: { option: 'user', maxCharacters: Infinity },
  },
  // Others than OpenAI, which takes 4, say no number or a larger one; they refuse what they do not take.
  demands: { maxStopSequences: null, neverForced: null },
  strictTools: 'complete',
  cacheBreakpoints: null,
};

/** It must not keep conversations. */
const keepsNothing = { store: false };

/** Claude models that can never be made to call a tool. */
const unforced = /claude-((opus|sonnet)-5-5|fable-5-[12])/;

const numberedCall = (number: number): string => `call_${number}`;

/** The dialect of each adapter that is called through the SDK. */
export const dialects: Readonly<Record<Exclude<Adapter, 'simulated'>, Dialect>> = {
  openai: {
    ...compatible,
    optionsOwner: 'openai',
    returnsThoughts: true,
    decided: keepsNothing,
    guardsSampling: true,
    callIds: { pattern: /^.{1,64}$/su, numbered: numberedCall },
    // The Responses API has no field for stop sequences.
    demands: { maxStopSequences: 0, neverForced: null },
    wishes: {
      parallelToolCalls: { option: 'parallelToolCalls' },
      endUser: { option: 'safetyIdentifier', maxCharacters: 64 },
    },
  },
  anthropic: {
    ...compatible,
    optionsOwner: 'anthropic',
    ownOptions: new Set([
      ...['anthropicBeta', 'cacheControl', 'compaction', 'container', 'contextManagement', 'effort'],
      ...['disableParallelToolUse', 'fallbacks', 'includePings', 'inferenceGeo', 'mcpServers', 'metadata'],
      ...['safeguards', 'sendReasoning', 'serviceTier', 'speed', 'structuredOutputMode', 'taskBudget'],
      ...['thinking', 'thread', 'toolStreaming'],
    ]),
    returnsThoughts: true,
    thinkingTokens: 'anthropic',
    strictMode: false,
    takesLateSystem: false,
    guardsSampling: true,
    callIds: { pattern: /^[a-zA-Z0-9_-]+$/, numbered: numberedCall },
    demands: { maxStopSequences: null, neverForced: unforced },
    wishes: {
      parallelToolCalls: { option: 'disableParallelToolUse', isOpposite: true },
      endUser: { option: 'metadata', field: 'userId', maxCharacters: 256 },
    },
    cacheBreakpoints: { options: { anthropic: { cacheControl: { type: 'ephemeral' } } }, most: 4 },
  },
  google: {
    ...compatible,
    optionsOwner: 'google',
    returnsThoughts: true,
    signsTexts: true,
    thinkingTokens: 'google',
    strictMode: false,
    takesLateSystem: false,
    needsMediaType: true,
    demands: { maxStopSequences: 5, neverForced: null },
    wishes: { parallelToolCalls: null, endUser: null },
    strictTools: 'any',
  },
  mistral: {
    ...compatible,
    optionsOwner: 'mistral',
    returnsThoughts: true,
    ownOptions: new Set(['safePrompt', 'documentImageLimit', 'documentPageLimit', 'promptCacheKey']),
    effortOption: new Set(['none', 'low', 'medium', 'high', 'max']),
    sampling: { ...compatible.sampling, maxTemperature: 1.5 },
    wishes: { parallelToolCalls: { option: 'parallelToolCalls' }, endUser: null },
    takesLateSystem: false,
    callIds: {
      pattern: /^[a-zA-Z0-9]{9}$/,
      numbered: (number) => `call${String(number).padStart(5, '0')}`,
    },
  },
  cohere: {
    ...compatible,
    asksForStreamUsage: false,
    sampling: { maxTemperature: 1, minPenalty: 0, maxPenalty: 1 },
    demands: { maxStopSequences: 5, neverForced: null },
  },
  groq: {
    ...compatible,
    optionsOwner: 'groq',
    returnsThoughts: true,
    ownOptions: new Set(['reasoningFormat', 'serviceTier']),
    effortOption: new Set(['none', 'low', 'medium', 'high']),
    demands: { maxStopSequences: 4, neverForced: null },
    wishes: {
      parallelToolCalls: { option: 'parallelToolCalls' },
      endUser: { option: 'user', maxCharacters: Infinity },
    },
  },
  xai: {
    ...compatible,
    optionsOwner: 'xai',
    returnsThoughts: true,
    ownOptions: new Set(['promptCacheKey', 'safetyIdentifier']),
    // The SDK takes no name of theirs for a model that reasons, and would leave out the sampling of one that does.
    decided: {
      ...keepsNothing,
      ...{ forceReasoning: false, systemMessageMode: 'system', include: ['reasoning.encrypted_content'] },
    },
    carriedEffort: { usual: ['none', 'low', 'medium', 'high'], words: { max: 'xhigh' } },
    // The Responses API has no field for stop sequences.
    demands: { maxStopSequences: 0, neverForced: null },
    wishes: {
      parallelToolCalls: { option: 'parallelToolCalls' },
      endUser: { option: 'user', maxCharacters: Infinity },
    },
  },
  deepseek: {
    ...compatible,
    optionsOwner: 'deepseek',
    returnsThoughts: true,
    strictMode: false,
    strictTools: 'never',
    needsMediaType: true,
    takesParsedArguments: true,
    ownOptions: new Set(['logprobs', 'topLogprobs']),
    demands: { maxStopSequences: 16, neverForced: null, imagesOnly: true },
    wishes: {
      parallelToolCalls: null,
      endUser: { option: 'userId', maxCharacters: 512, pattern: /^[a-zA-Z0-9_-]+$/ },
    },
  },
  togetherai: compatible,
  'amazon-bedrock': {
    ...compatible,
    optionsOwner: 'amazonBedrock',
    takesParsedArguments: true,
    returnsThoughts: true,
    thinkingTokens: 'amazonBedrock',
    strictMode: false,
    takesLateSystem: false,
    callIds: { pattern: /^[a-zA-Z0-9_-]{1,64}$/, numbered: numberedCall },
    sampling: { ...compatible.sampling, maxTemperature: 1 },
    demands: { maxStopSequences: null, neverForced: unforced },
    wishes: { parallelToolCalls: null, endUser: null },
  },
  azure: {
    ...compatible,
    optionsOwner: 'azure',
    returnsThoughts: true,
    decided: keepsNothing,
    guardsSampling: true,
    callIds: { pattern: /^.{1,64}$/su, numbered: numberedCall },
    // The Responses API has no field for stop sequences.
    demands: { maxStopSequences: 0, neverForced: null },
    wishes: {
      parallelToolCalls: { option: 'parallelToolCalls' },
      endUser: { option: 'user', maxCharacters: 64 },
    },
  },
  'google-vertex': {
    ...compatible,
    optionsOwner: 'googleVertex',
    returnsThoughts: true,
    thinkingTokens: 'google',
    strictMode: false,
    takesLateSystem: false,
    needsMediaType: true,
    signsTexts: true,
    demands: { maxStopSequences: 5, neverForced: null },
    wishes: { parallelToolCalls: null, endUser: null },
    strictTools: 'any',
  },
  'openai-compatible': compatible,
};

const chatDemands: Demandable = { maxStopSequences: 4, neverForced: null };

/** The dialect of a connection. A dated version of Azure's API takes no thinking back: it has no Responses. */
export function dialectOf({ adapter, settings }: SdkConnection): Dialect {
  const dialect = dialects[adapter];
  return isDatedAzure(adapter, settings)
    ? { ...dialect, returnsThoughts: false, demands: chatDemands }
    : dialect;
}
