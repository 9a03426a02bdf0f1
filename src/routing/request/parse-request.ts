import { capabilities, type Capability } from '../../catalog/model.ts';
import { readNarrowing, type NarrowingInput } from '../../policies/narrowing-input.ts';
import type { PolicyNarrowing } from '../../policies/narrow.ts';
import { patternIssues } from '../../policies/policy-fields.ts';
import { checked, type Checked } from '../../system/checked.ts';
import { toScaledInteger } from '../../system/decimal.ts';
import type { InputIssue } from '../../system/expected-error.ts';
import { isPrintable } from '../../system/printable.ts';
import { parseMessages } from './parse-messages.ts';
import { parseResponseFormat, parseToolChoice, parseTools } from './parse-tools.ts';
import type { RawRouteInput } from './raw-route-input.ts';
import type { RouteRequest } from './request.ts';

const maxPatterns = 200;

/** Names of task types: short, so that they can be compared, stored and shown anywhere. */
const taskTypePattern = /^[a-z0-9_.-]{1,64}$/;

const maxNameCharacters = 200;

const isTaskType = (text: string) => taskTypePattern.test(text);
const isName = (text: string) => text !== '' && [...text].length <= maxNameCharacters && isPrintable(text);

/**
 * The request of a caller in the product's own words, or everything that is wrong with it at once, each issue
 * with its path in the input. Whether it widens its tenant's policy is for `narrowPolicy` to say.
 */
export function parseRouteRequest(raw: RawRouteInput): Checked<RouteRequest> {
  const issues: InputIssue[] = [];
  const tools = parseTools(raw.tools ?? [], issues);
  const responseFormat = parseResponseFormat(raw.responseFormat ?? { type: 'text' }, issues);
  const request: RouteRequest = {
    messages: parseMessages(raw.messages, issues),
    taskType: matching(raw, 'taskType', isTaskType, issues) ?? 'default',
    models: parseModels(raw.models ?? null, issues),
    requires: requirements(raw, responseFormat.type === 'json_schema'),
    maxOutputTokens: whole(raw, 'maxOutputTokens', [1, 10_000_000], issues),
    temperature: parseTemperature(raw.temperature ?? null, issues),
    reasoningEffort: raw.reasoningEffort ?? null,
    tools,
    toolChoice: parseToolChoice(raw.toolChoice ?? null, tools, issues),
    responseFormat,
    timeoutMs: whole(raw, 'timeoutMs', [100, 600_000], issues),
    maxCostMicroUsd: parseMaxCost(raw.maxCostUsd ?? null, issues),
    narrowing: parseNarrowing(raw.policy ?? {}, issues),
    workflowId: matching(raw, 'workflowId', isName, issues),
    idempotencyKey: matching(raw, 'idempotencyKey', isName, issues),
  };
  return checked(request, issues);
}

function parseModels(models: readonly string[] | null, issues: InputIssue[]): readonly string[] | null {
  if (models === null) return null;
  if (models.length === 0) issues.push({ path: ['models'], message: 'must name a model or be left out' });
  issues.push(...boundedPatternIssues(models, ['models']));
  return models;
}

function parseNarrowing(policy: NarrowingInput, issues: InputIssue[]): PolicyNarrowing {
  issues.push(...boundedPatternIssues(policy.deniedModels ?? [], ['policy', 'deniedModels']));
  const narrowing = readNarrowing(policy);
  if (narrowing.ok) return narrowing.value;
  issues.push(...narrowing.issues);
  return {};
}

function boundedPatternIssues(patterns: readonly string[], path: readonly string[]): InputIssue[] {
  if (patterns.length > maxPatterns) return [{ path, message: `must have at most ${maxPatterns} entries` }];
  return patternIssues(patterns, path);
}

/** What the caller named and what the input implies. */
function requirements(raw: RawRouteInput, jsonSchema: boolean): Capability[] {
  const required = new Set(raw.requires ?? []);
  if (raw.tools != null && raw.tools.length > 0) required.add('TOOLS');
  if (raw.messages.some(({ parts }) => parts?.some(({ image }) => image != null))) required.add('VISION');
  if (jsonSchema) required.add('JSON_SCHEMA');
  return capabilities.filter((capability) => required.has(capability));
}

function whole(
  raw: RawRouteInput,
  field: 'maxOutputTokens' | 'timeoutMs',
  [min, max]: readonly [number, number],
  issues: InputIssue[],
): number | null {
  const value = raw[field] ?? null;
  if (value !== null && !(Number.isInteger(value) && value >= min && value <= max)) {
    issues.push({ path: [field], message: `must be a whole number from ${min} to ${max}` });
  }
  return value;
}

function parseTemperature(value: number | null, issues: InputIssue[]): number | null {
  if (value !== null && !(value >= 0 && value <= 2)) {
    issues.push({ path: ['temperature'], message: 'must be from 0 to 2' });
  }
  return value;
}

function parseMaxCost(usd: number | null, issues: InputIssue[]): number | null {
  if (usd === null) return null;
  const microUsd = toScaledInteger(usd, 6);
  if (microUsd !== undefined && microUsd >= 0 && Number.isSafeInteger(microUsd)) return microUsd;
  issues.push({ path: ['maxCostUsd'], message: 'must be 0 or more, with at most 6 decimals' });
  return null;
}

function matching(
  raw: RawRouteInput,
  field: 'taskType' | 'workflowId' | 'idempotencyKey',
  isRight: (text: string) => boolean,
  issues: InputIssue[],
): string | null {
  const value = raw[field] ?? null;
  if (value !== null && !isRight(value)) {
    const message =
      field === 'taskType'
        ? 'must be 1 to 64 of a-z, 0-9, `_`, `.` and `-`'
        : `must be 1 to ${maxNameCharacters} printable characters`;
    issues.push({ path: [field], message });
  }
  return value;
}
