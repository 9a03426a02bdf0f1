import type { JsonValue } from '../../system/json.ts';

/**
 * OpenAI's reasoning models, by whatever reseller's name: they take no temperature, and their output budget, thinking
 * included, by a name of its own (https://platform.openai.com/docs/guides/reasoning).
 */
const reasoningModels = /(^|[/.])(o[1-9](-|$)|gpt-5(?!.*chat)|codex-)/i;

/** Whether a model that is called by Chat Completions refuses a temperature. */
export function hasLockedSampling(modelSlug: string): boolean {
  return reasoningModels.test(modelSlug);
}

/** Beside the provider's own options: what the catalog says that the output budget is called. Never leaves us. */
export const BUDGET_NAME_OPTION = 'maxTokensParameter';

/**
 * A body of Chat Completions with the output budget under the name that its model takes: as the option says, else as
 * the model's own name does.
 */
export function nameOutputBudget(body: Record<string, unknown>): Record<string, unknown> {
  const { max_tokens: budget, [BUDGET_NAME_OPTION]: name, ...rest } = body;
  if (budget === undefined) return rest;
  const isRenamed =
    name === undefined ? reasoningModels.test(String(body['model'])) : name === 'max_completion_tokens';
  return { ...rest, [isRenamed ? 'max_completion_tokens' : 'max_tokens']: budget };
}

type Schema = Readonly<Record<string, JsonValue>>;

/** What OpenAI's strict mode reads of a schema (https://platform.openai.com/docs/guides/structured-outputs). */
const strictKeywords = new Set([
  ...[
    '$schema',
    '$id',
    '$ref',
    '$defs',
    'definitions',
    'title',
    'description',
    'type',
    'enum',
    'const',
    'anyOf',
  ],
  ...['properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems', 'pattern', 'format'],
  ...['multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
]);

/**
 * Whether a schema is one that strict modes take: an object of which every property is required and no other one
 * allowed, all the way down, in the words that they know. Providers refuse others as a whole.
 */
export function isStrictSchema(schema: JsonValue): boolean {
  return isObject(schema) && schema['type'] === 'object' && schema['anyOf'] === undefined && isStrict(schema);
}

function isStrict(schema: JsonValue): boolean {
  if (!isObject(schema) || !Object.keys(schema).every((keyword) => strictKeywords.has(keyword))) return false;
  const { properties, required, additionalProperties, type } = schema;
  if (properties !== undefined || type === 'object' || (Array.isArray(type) && type.includes('object'))) {
    if (additionalProperties !== false || !isObject(properties ?? null)) return false;
    const demanded = Array.isArray(required) ? required : [];
    if (!Object.keys(properties as object).every((name) => demanded.includes(name))) return false;
  }
  return innerSchemas(schema).every(isStrict);
}

function innerSchemas(schema: Schema): readonly JsonValue[] {
  const { items, anyOf, properties, $defs, definitions } = schema;
  const named = [properties, $defs, definitions].flatMap((group = null) =>
    isObject(group) ? Object.values(group) : [],
  );
  const listed = Array.isArray(anyOf) ? (anyOf as readonly JsonValue[]) : [];
  return [...named, ...listed, ...(items === undefined ? [] : [items])];
}

function isObject(value: JsonValue): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
