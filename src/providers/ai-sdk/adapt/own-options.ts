import { isJsonObject, type JsonObject } from '../../../system/json.ts';
import type { ProviderRequest } from '../../provider.ts';
import type { Dialect } from '../dialect.ts';

/** Options of its Chat Completions and of its Responses. */
const openaiBoth = [
  ...['logprobs', 'metadata', 'parallelToolCalls', 'promptCacheKey', 'promptCacheOptions'],
  ...[
    'promptCacheRetention',
    'reasoningEffort',
    'safetyIdentifier',
    'serviceTier',
    'store',
    'strictJsonSchema',
  ],
  ...['textVerbosity', 'user', 'systemMessageMode', 'forceReasoning'],
];

/**
 * The options that each provider's package words itself, by what its schema of them names. Whatever else a caller
 * says would be dropped there without a word.
 */
export const ownOptions = {
  openai: new Set([
    ...openaiBoth,
    ...['allowedTools', 'compactionTrigger', 'contextManagement', 'conversation', 'include', 'instructions'],
    ...['includeWebSearchSources', 'maxToolCalls', 'passThroughUnsupportedFiles', 'previousResponseId'],
    ...[
      'reasoningContext',
      'reasoningEffortUpdate',
      'reasoningMode',
      'reasoningSummary',
      'textFormat',
      'truncation',
    ],
  ]),
  openaiChat: new Set([...openaiBoth, 'logitBias', 'maxCompletionTokens', 'prediction', 'reasoningSummary']),
  anthropic: new Set([
    ...['anthropicBeta', 'cacheControl', 'compaction', 'container', 'contextManagement', 'effort'],
    ...['disableParallelToolUse', 'fallbacks', 'includePings', 'inferenceGeo', 'mcpServers', 'metadata'],
    ...['safeguards', 'sendReasoning', 'serviceTier', 'speed', 'structuredOutputMode', 'taskBudget'],
    ...['thinking', 'thread', 'toolStreaming'],
  ]),
  google: new Set([
    ...['audioTimestamp', 'cachedContent', 'continuationToken', 'imageConfig', 'labels', 'mediaResolution'],
    ...['requestType', 'responseModalities', 'retrievalConfig', 'safetySettings', 'serviceTier'],
    ...[
      'sharedRequestType',
      'streamFunctionCallArguments',
      'structuredOutputs',
      'thinkingConfig',
      'threshold',
    ],
  ]),
  mistral: new Set(['safePrompt', 'documentImageLimit', 'documentPageLimit', 'promptCacheKey']),
  cohere: new Set(['thinking']),
  groq: new Set(['reasoningFormat', 'serviceTier']),
  xai: new Set(['promptCacheKey', 'safetyIdentifier']),
  deepseek: new Set(['logprobs', 'topLogprobs']),
} as const satisfies Record<string, ReadonlySet<string>>;

const bedrock: ReadonlySet<string> = new Set([
  ...[
    'additionalModelRequestFields',
    'anthropicBeta',
    'reasoningConfig',
    'serviceTier',
    'structuredOutputMode',
  ],
]);

/**
 * A request whose options for Bedrock are those that its package words: what else a caller says is a field of the
 * model's own, which is where Converse takes what it has no field for itself
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html).
 */
export function withModelFields(request: ProviderRequest, { optionsOwner }: Pick<Dialect, 'optionsOwner'>) {
  if (optionsOwner !== 'amazonBedrock' || request.providerOptions === undefined) return request;
  const options = Object.entries(request.providerOptions);
  const named: JsonObject = Object.fromEntries(options.filter(([name]) => bedrock.has(name)));
  const fields: JsonObject = Object.fromEntries(options.filter(([name]) => !bedrock.has(name)));
  if (Object.keys(fields).length === 0) return request;
  const { additionalModelRequestFields: given } = named;
  const own = { ...fields, ...(isJsonObject(given) && given) };
  return { ...request, providerOptions: { ...named, additionalModelRequestFields: own } };
}
