import { capabilities } from '../../catalog/model.ts';
import { urlCapabilities, type PlannedCapability } from '../../catalog/planned-capabilities.ts';
import { taskTypeRule } from '../../catalog/revise-ats.ts';
import { readNarrowing } from '../../policies/narrowing-input.ts';
import { checkPatterns, patternListRule, policyRules } from '../../policies/policy-fields.ts';
import type { ReasoningEffort } from '../../providers/message.ts';
import { InputReader, type Checked } from '../../system/input/reader.ts';
import { isPrintable } from '../../system/input/printable.ts';
import { anything, decimal, hasAtMost, integer, line, text } from '../../system/input/rules.ts';
import { parseEmbedding } from './parse-embedding.ts';
import { parseHints } from './parse-hints.ts';
import { parseLabels } from './parse-labels.ts';
import { parseMessages } from './parse-messages.ts';
import { parseProviderOptions } from './parse-provider-options.ts';
import { parseResponseFormat, parseToolChoice, parseTools } from './parse-tools.ts';
import type { RawRouteInput } from './raw-route-input.ts';
import type { RouteRequest } from './request.ts';

const MAX_NAME_CHARACTERS = 200;

const nameRule = text(
  (value) => value !== '' && hasAtMost(value, MAX_NAME_CHARACTERS) && isPrintable(value),
  `1 to ${MAX_NAME_CHARACTERS} printable characters`,
);
/** Ids of others' systems: some clients send a digest and a session in one. */
const idRule = line(1, 512);
/** How many tokens an answer may have at most. */
export const outputTokensRule = integer(1, 10_000_000);
/** As much as is still counted exactly. */
const maxCostRule = decimal(9_000_000_000, 6);

/**
 * The request of a caller in the product's own words, or everything that is wrong with it at once, each issue
 * with its path in the input. Whether it widens its tenant's policy is for `narrowPolicy` to say.
 */
export function parseRouteRequest(raw: RawRouteInput): Checked<RouteRequest> {
  const input = new InputReader(raw);
  const tools = parseTools(input.within(raw.tools ?? [], 'tools'));
  const responseFormat = parseResponseFormat(
    input.within(raw.responseFormat ?? { type: 'text' }, 'responseFormat'),
  );
  const embedding = raw.embedding == null ? null : parseEmbedding(input.within(raw.embedding, 'embedding'));
  const request: RouteRequest = {
    messages: embedding === null ? parseMessages(input.within(raw.messages, 'messages')) : [],
    ...(embedding !== null && { embedding }),
    taskType: input.nullable('taskType', taskTypeRule) ?? 'default',
    models: parseModels(input),
    requires: requirements(raw),
    maxOutputTokens: input.nullable('maxOutputTokens', outputTokensRule),
    ...parseHints(input),
    reasoningEffort: input.nullable('reasoningEffort', anything<ReasoningEffort>()),
    tools,
    toolChoice:
      raw.toolChoice == null ? null : parseToolChoice(input.within(raw.toolChoice, 'toolChoice'), tools),
    parallelToolCalls: input.nullable('parallelToolCalls', anything<boolean>()),
    responseFormat,
    timeoutMs: input.nullable('timeoutMs', policyRules.timeoutMs),
    maxCostMicroUsd: input.nullable('maxCostUsd', maxCostRule),
    narrowing: readNarrowing(input.within(raw.policy ?? {}, 'policy')),
    workflowId: input.nullable('workflowId', nameRule),
    // No provider keeps anything for vectors, and a session is to stay with the model that answers it.
    sessionId: embedding === null ? input.nullable('sessionId', idRule) : null,
    endUserId: input.nullable('endUserId', idRule),
    labels: parseLabels(input),
    providerOptions: parseProviderOptions(input),
    idempotencyKey: input.nullable('idempotencyKey', nameRule),
  };
  return input.checked(request);
}

function parseModels(input: InputReader<RawRouteInput>): readonly string[] | null {
  const models = input.nullable('models', patternListRule);
  if (models?.length === 0) input.refuse('must name a model or be left out', 'models');
  checkPatterns(models, input, 'models');
  return models;
}

/** What the caller named, and what a model must be able to do to give it what it demands. */
function requirements({
  requires,
  embedding,
  tools,
  toolChoice,
  responseFormat,
  stopSequences,
  messages,
}: RawRouteInput) {
  const required = new Set<PlannedCapability>(requires ?? []);
  if (embedding != null) required.add('EMBEDDINGS');
  if (tools != null && tools.length > 0) required.add('TOOLS');
  if (toolChoice?.mode === 'required' || toolChoice?.mode === 'tool') required.add('FORCED_TOOLS');
  if (responseFormat?.type === 'json_schema') required.add('JSON_SCHEMA');
  if (stopSequences != null && stopSequences.length > 0) required.add('STOP_SEQUENCES');
  for (const { parts } of messages) {
    for (const { image, file } of parts ?? []) {
      if (image != null) required.add('VISION');
      if (image?.url != null) required.add('IMAGE_URLS');
      if (file == null) continue;
      const isSound = /^audio\//i.test(file.mediaType);
      required.add(isSound ? 'AUDIO' : 'DOCUMENTS');
      if (file.url != null) required.add(isSound ? 'AUDIO_URLS' : 'DOCUMENT_URLS');
    }
  }
  return [...capabilities, ...urlCapabilities].filter((capability) => required.has(capability));
}
