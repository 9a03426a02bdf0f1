import { capabilities, type Capability } from '../../catalog/model.ts';
import type { NarrowingInput } from '../../policies/narrowing-input.ts';
import { policyNames } from '../../policies/policy.ts';
import type { RawRouteInput } from '../../routing/request/raw-route-input.ts';
import type { Label } from '../../routing/request/request.ts';
import { headerOf, labelsOf, sessionOf, type RequestHeaders } from './caller-words.ts';
import { ParameterError, type JsonReader } from './json-reader.ts';

/** What a caller may say of a call beyond what the API that it speaks has words for. */
export type Extensions = Pick<
  RawRouteInput,
  | 'policy'
  | 'models'
  | 'requires'
  | 'taskType'
  | 'timeoutMs'
  | 'maxCostUsd'
  | 'workflowId'
  | 'sessionId'
  | 'labels'
  | 'idempotencyKey'
>;

/** The object of a body that holds them. */
export const EXTENSIONS = 'switchyard';

/** What `switchyard` may hold, and the header field that says the same for clients that cannot send it. */
export const extensionHeaders = {
  policy: 'x-switchyard-policy',
  models: 'x-switchyard-models',
  requires: 'x-switchyard-requires',
  taskType: 'x-switchyard-task-type',
  timeoutMs: 'x-switchyard-timeout-ms',
  maxCostUsd: 'x-switchyard-max-cost-usd',
  workflowId: 'x-switchyard-workflow-id',
  sessionId: 'x-switchyard-session',
  labels: 'x-switchyard-labels',
  idempotencyKey: 'x-switchyard-idempotency-key',
} as const satisfies Record<keyof Extensions, string>;

const OWN_HEADERS = 'x-switchyard-';
const known: ReadonlySet<string> = new Set(Object.values(extensionHeaders));

/** The extensions of a request: those of its body, else those of its header. Throws ParameterError. */
export function readExtensions(body: JsonReader, headers: RequestHeaders): Extensions {
  const said = body.object(EXTENSIONS);
  said?.only(Object.keys(extensionHeaders));
  const header = readHeaders(headers);
  if (said === undefined) return header;
  return { ...header, ...withoutAbsent(readBody(said)) };
}

function readBody(said: JsonReader): Extensions {
  return {
    policy: readPolicy(said),
    models: said.texts('models'),
    requires: said.texts('requires')?.map((each) => capability(each, [...said.path, 'requires'])),
    taskType: said.text('taskType'),
    timeoutMs: said.number('timeoutMs'),
    maxCostUsd: said.number('maxCostUsd'),
    workflowId: said.text('workflowId'),
    sessionId: said.text('sessionId'),
    labels: said.raw('labels') === undefined ? undefined : labelsOf(said, 'labels'),
    idempotencyKey: said.text('idempotencyKey'),
  };
}

/** A preset's name, or what of the policy is to be narrower. */
function readPolicy(said: JsonReader): NarrowingInput | undefined {
  if (typeof said.raw('policy') === 'string') return { policyName: said.oneOf('policy', policyNames) };
  const policy = said.object('policy');
  if (policy === undefined) return undefined;
  policy.only([...numbers, 'policyName', 'fallbackEnabled', 'deniedModels']);
  return {
    ...Object.fromEntries(numbers.map((name) => [name, policy.number(name)])),
    policyName: policy.oneOf('policyName', policyNames),
    fallbackEnabled: policy.boolean('fallbackEnabled'),
    deniedModels: policy.texts('deniedModels'),
  };
}

const numbers = [
  'qualityWeight',
  'latencyWeight',
  'costWeight',
  'maxAttempts',
  'complianceVetoThreshold',
] as const satisfies readonly (keyof NarrowingInput)[];

function readHeaders(headers: RequestHeaders): Extensions {
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(OWN_HEADERS) || known.has(name)) continue;
    throw new ParameterError('is no header field that is known here', [name]);
  }
  const text = (name: keyof Extensions) => headerOf(headers, extensionHeaders[name]);
  const list = (name: keyof Extensions) =>
    text(name)
      ?.split(',')
      .map((each) => each.trim());
  return withoutAbsent({
    policy: policyOf(text('policy')),
    models: list('models'),
    requires: list('requires')?.map((each) => capability(each, [extensionHeaders.requires])),
    taskType: text('taskType'),
    timeoutMs: numberOf('timeoutMs', text('timeoutMs')),
    maxCostUsd: numberOf('maxCostUsd', text('maxCostUsd')),
    workflowId: text('workflowId'),
    sessionId: sessionOf(headers),
    labels: list('labels')?.map(labelOf),
    idempotencyKey: text('idempotencyKey') ?? headerOf(headers, 'idempotency-key'),
  });
}

function policyOf(text: string | undefined): NarrowingInput | undefined {
  if (text === undefined) return undefined;
  const policyName = policyNames.find((each) => each === text);
  if (policyName !== undefined) return { policyName };
  throw new ParameterError(`must be one of ${policyNames.join(', ')}`, [extensionHeaders.policy]);
}

function numberOf(name: 'timeoutMs' | 'maxCostUsd', text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // What is no number of this field is said by the rule that all APIs share.
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new ParameterError('must be a number', [extensionHeaders[name]]);
}

function labelOf(text: string): Label {
  const at = text.indexOf('=');
  if (at > 0) return { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
  throw new ParameterError('must be a list of name=value', [extensionHeaders.labels]);
}

function capability(text: string, path: readonly (string | number)[]): Capability {
  const known = capabilities.find((each) => each === text);
  if (known !== undefined) return known;
  throw new ParameterError(`must be of ${capabilities.join(', ')}`, path);
}

function withoutAbsent(extensions: Extensions): Extensions {
  return Object.fromEntries(Object.entries(extensions).filter(([, value]) => value !== undefined));
}
