import { isDatedAzure } from '../adapter-settings.ts';
import type { Adapter, SdkConnection } from '../provider.ts';
import { lacksOf } from '../lacks.ts';
import { ownOptions } from './adapt/own-options.ts';
import type { Dialect } from './dialect.ts';

const compatible: Dialect = {
  optionsOwner: 'compatible',
  thinkingTokens: null,
  returnsThoughts: false,
  textMarks: [],
  hasJsonMode: true,
  strictMode: true,
  takesLateSystem: true,
  needsMediaType: false,
  guardsSampling: false,
  callIds: null,
  callsNeedTools: false,
  unbounded: null,
  takesParsedArguments: false,
  ownOptions: null,
  effortOption: null,
  carriedEffort: null,
  decided: {},
  asksForStreamUsage: true,
  sampling: { maxTemperature: 2, minPenalty: -2, maxPenalty: 2 },
  topKOption: null,
  wishes: {
    parallelToolCalls: { option: 'parallel_tool_calls' },
    endUser: { option: 'user', maxCharacters: Infinity },
  },
  // Others than OpenAI, which takes 4, say no number or a larger one; they refuse what they do not take.
  maxStopSequences: null,
  lacksOf: () => [],
  strictTools: 'complete',
  cacheBreakpoints: null,
};

/** It must not keep conversations. */
const keepsNothing = { store: false };

const numberedCall = (number: number): string => `call_${number}`;

/** The dialect of each adapter that is called through the SDK. */
export const dialects: Readonly<Record<Exclude<Adapter, 'simulated'>, Dialect>> = {
  openai: {
    ...compatible,
    optionsOwner: 'openai',
    ownOptions: ownOptions.openai,
    returnsThoughts: true,
    textMarks: ['phase'],
    decided: keepsNothing,
    guardsSampling: true,
    callIds: { pattern: /^.{1,64}$/su, numbered: numberedCall },
    wishes: {
      parallelToolCalls: { option: 'parallelToolCalls' },
      endUser: { option: 'safetyIdentifier', maxCharacters: 64 },
    },
  },
  anthropic: {
    ...compatible,
    optionsOwner: 'anthropic',
    ownOptions: ownOptions.anthropic,
    returnsThoughts: true,
    thinkingTokens: 'anthropic',
    hasJsonMode: false,
    strictMode: false,
    takesLateSystem: false,
    guardsSampling: true,
    callIds: { pattern: /^[a-zA-Z0-9_-]+$/, numbered: numberedCall },
    wishes: {
      parallelToolCalls: { option: 'disableParallelToolUse', isOpposite: true },
      endUser: { option: 'metadata', field: 'userId', maxCharacters: 256 },
    },
    cacheBreakpoints: {
      options: { anthropic: { cacheControl: { type: 'ephemeral' } } },
      models: null,
      most: 4,
    },
  },
  google: {
    ...compatible,
    optionsOwner: 'google',
    ownOptions: ownOptions.google,
    returnsThoughts: true,
    textMarks: ['thoughtSignature'],
    thinkingTokens: 'google',
    strictMode: false,
    takesLateSystem: false,
    needsMediaType: true,
    maxStopSequences: 5,
    wishes: { parallelToolCalls: null, endUser: null },
    strictTools: 'any',
  },
  mistral: {
    ...compatible,
    optionsOwner: 'mistral',
    returnsThoughts: true,
    ownOptions: ownOptions.mistral,
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
    optionsOwner: 'cohere',
    returnsThoughts: true,
    thinkingTokens: 'cohere',
    strictMode: false,
    strictTools: 'together',
    takesParsedArguments: true,
    ownOptions: ownOptions.cohere,
    sampling: { maxTemperature: 1, minPenalty: 0, maxPenalty: 1 },
    maxStopSequences: 5,
    wishes: { parallelToolCalls: null, endUser: null },
  },
  groq: {
    ...compatible,
    optionsOwner: 'groq',
    returnsThoughts: true,
    ownOptions: ownOptions.groq,
    effortOption: new Set(['none', 'low', 'medium', 'high']),
    maxStopSequences: 4,
    wishes: {
      parallelToolCalls: { option: 'parallelToolCalls' },
      endUser: { option: 'user', maxCharacters: Infinity },
    },
  },
  xai: {
    ...compatible,
    optionsOwner: 'xai',
    returnsThoughts: true,
    ownOptions: ownOptions.xai,
    // The SDK takes no name of theirs for a model that reasons, and would leave out the sampling of one that does.
    decided: {
      ...keepsNothing,
      ...{ forceReasoning: false, systemMessageMode: 'system', include: ['reasoning.encrypted_content'] },
    },
    carriedEffort: { usual: ['none', 'low', 'medium', 'high'], words: { max: 'xhigh' } },
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
    ownOptions: ownOptions.deepseek,
    maxStopSequences: 16,
    wishes: {
      parallelToolCalls: null,
      endUser: { option: 'userId', maxCharacters: 512, pattern: /^[a-zA-Z0-9_-]+$/ },
    },
  },
  togetherai: { ...compatible, topKOption: 'top_k' },
  'amazon-bedrock': {
    ...compatible,
    optionsOwner: 'amazonBedrock',
    callsNeedTools: true,
    unbounded: { models: /amazon\.nova-2-/, efforts: ['high', 'max'] },
    takesParsedArguments: true,
    returnsThoughts: true,
    thinkingTokens: 'amazonBedrock',
    hasJsonMode: false,
    strictMode: false,
    takesLateSystem: false,
    callIds: { pattern: /^[a-zA-Z0-9_-]{1,64}$/, numbered: numberedCall },
    sampling: { ...compatible.sampling, maxTemperature: 1 },
    wishes: { parallelToolCalls: null, endUser: null },
    // https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
    cacheBreakpoints: {
      options: { amazonBedrock: { cachePoint: { type: 'default' } } },
      models: /anthropic\.claude-(?!3-(haiku|sonnet|opus)|3-5-sonnet-20240620|instant|v2)|amazon\.nova/,
      most: 4,
    },
  },
  azure: {
    ...compatible,
    optionsOwner: 'azure',
    ownOptions: ownOptions.openai,
    returnsThoughts: true,
    textMarks: ['phase'],
    decided: keepsNothing,
    guardsSampling: true,
    callIds: { pattern: /^.{1,64}$/su, numbered: numberedCall },
    wishes: {
      parallelToolCalls: { option: 'parallelToolCalls' },
      endUser: { option: 'user', maxCharacters: 64 },
    },
  },
  'google-vertex': {
    ...compatible,
    optionsOwner: 'googleVertex',
    ownOptions: ownOptions.google,
    returnsThoughts: true,
    thinkingTokens: 'google',
    strictMode: false,
    takesLateSystem: false,
    needsMediaType: true,
    textMarks: ['thoughtSignature'],
    maxStopSequences: 5,
    wishes: { parallelToolCalls: null, endUser: null },
    strictTools: 'any',
  },
  'openai-compatible': compatible,
};

/** A dialect as one of its models takes it. */
export function forModel(dialect: Dialect, modelSlug: string): Dialect {
  const { cacheBreakpoints } = dialect;
  return cacheBreakpoints?.models?.test(modelSlug) === false
    ? { ...dialect, cacheBreakpoints: null }
    : dialect;
}

/** By Chat Completions alone: it takes no thinking back, keeps nothing unasked, and older versions refuse to be told so. */
const datedAzure = {
  ...{ returnsThoughts: false, maxStopSequences: 4, decided: {} },
  ownOptions: ownOptions.openaiChat,
};

/** The dialect of a connection. A dated version of Azure's API has no Responses. */
export function dialectOf(connection: SdkConnection): Dialect {
  const { adapter, settings } = connection;
  return {
    ...dialects[adapter],
    ...(isDatedAzure(adapter, settings) && datedAzure),
    lacksOf: (modelSlug) => lacksOf(connection, modelSlug),
  };
}
