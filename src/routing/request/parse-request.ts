import { capabilities, type Capability } from '../../catalog/model.ts';
import { taskTypeRule } from '../../catalog/revise-ats.ts';
import { readNarrowing } from '../../policies/narrowing-input.ts';
import { checkPatterns, patternListRule, policyRules } from '../../policies/policy-fields.ts';
import type { ReasoningEffort } from '../../providers/message.ts';
import { InputReader, type Checked } from '../../system/input/reader.ts';
import { anything, between, decimal, integer, text } from '../../system/input/rules.ts';
import { isPrintable } from '../../system/input/printable.ts';
import { parseMessages } from './parse-messages.ts';
import { parseResponseFormat, parseToolChoice, parseTools } from './parse-tools.ts';
import type { RawRouteInput } from './raw-route-input.ts';
import type { RouteRequest } from './request.ts';

const MAX_NAME_CHARACTERS = 200;

const nameRule = text(
  (value) => value !== '' && [...value].length <= MAX_NAME_CHARACTERS && isPrintable(value),
  `1 to ${MAX_NAME_CHARACTERS} printable characters`,
);
const outputTokensRule = integer(1, 10_000_000);
const temperatureRule = between(0, 2);
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
  const request: RouteRequest = {
    messages: parseMessages(input.within(raw.messages, 'messages')),
    taskType: input.nullable('taskType', taskTypeRule) ?? 'default',
    models: parseModels(input),
    requires: requirements(raw, responseFormat.type === 'json_schema'),
    maxOutputTokens: input.nullable('maxOutputTokens', outputTokensRule),
    temperature: input.nullable('temperature', temperatureRule),
    reasoningEffort: input.nullable('reasoningEffort', anything<ReasoningEffort>()),
    tools,
    toolChoice:
      raw.toolChoice == null ? null : parseToolChoice(input.within(raw.toolChoice, 'toolChoice'), tools),
    responseFormat,
    timeoutMs: input.nullable('timeoutMs', policyRules.timeoutMs),
    maxCostMicroUsd: input.nullable('maxCostUsd', maxCostRule),
    narrowing: readNarrowing(input.within(raw.policy ?? {}, 'policy')),
    workflowId: input.nullable('workflowId', nameRule),
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

/** What the caller named and what the input implies. */
function requirements(raw: RawRouteInput, jsonSchema: boolean): Capability[] {
  const required = new Set(raw.requires ?? []);
  if (raw.tools != null && raw.tools.length > 0) required.add('TOOLS');
  if (raw.messages.some(({ parts }) => parts?.some(({ image }) => image != null))) required.add('VISION');
  if (jsonSchema) required.add('JSON_SCHEMA');
  return capabilities.filter((capability) => required.has(capability));
}
