import type { ResponseFormat, Tool, ToolChoice } from '../../providers/message.ts';
import { isJsonObject, type JsonObject } from '../../system/json.ts';
import { hasAtMostValues } from '../../system/input/nesting.ts';
import type { InputReader } from '../../system/input/reader.ts';
import { text } from '../../system/input/rules.ts';
import type { RawResponseFormat, RawTool, RawToolChoice } from './raw-route-input.ts';

/** What a tool may be called: the alphabet that every provider takes. */
const toolNameRule = text(
  (value) => /^[a-zA-Z0-9_-]{1,64}$/.test(value),
  '1 to 64 of a-z, A-Z, 0-9, `_` and `-`',
);

/** More tools than any provider takes. */
const MAX_TOOLS = 1000;
const MAX_DESCRIPTION_LENGTH = 100_000;
/** Values of a schema, names of properties included: a hundred times what the largest ones of people have. */
const MAX_SCHEMA_VALUES = 10_000;

const SCHEMA_TOO_LARGE = `must have at most ${MAX_SCHEMA_VALUES} values, names of properties included`;

const descriptionRule = text(
  (value) => value.length <= MAX_DESCRIPTION_LENGTH,
  `at most ${MAX_DESCRIPTION_LENGTH} characters`,
);

/** A function without parameters. */
const noParameters: JsonObject = { type: 'object', properties: {} };

/** The tools of a request. */
export function parseTools(list: InputReader<readonly RawTool[]>): Tool[] {
  if (list.raw.length > MAX_TOOLS) {
    list.refuse(`must have at most ${MAX_TOOLS} entries`);
    return [];
  }
  const names = new Set<string>();
  return list.raw.map((tool, index) => {
    const input = list.within(tool, index);
    const { name, parameters } = tool;
    const description = input.nullable('description', descriptionRule);
    input.required('name', toolNameRule);
    if (input.isSound() && names.has(name)) input.refuse('is the name of another tool', 'name');
    names.add(name);
    const schema = parameters ?? noParameters;
    if (!isJsonObject(schema)) input.refuse('must be a JSON object', 'parameters');
    else if (!hasAtMostValues(schema, MAX_SCHEMA_VALUES)) input.refuse(SCHEMA_TOO_LARGE, 'parameters');
    else if (isWrappedFunction(schema)) {
      input.refuse('must be the schema itself: send what stands in its `function.parameters`', 'parameters');
    }
    return {
      name,
      ...(description == null ? {} : { description }),
      parameters: isJsonObject(schema) ? schema : noParameters,
      ...(tool.strict == null ? {} : { strict: tool.strict }),
    };
  });
}

/** How the model is to use the tools. */
export function parseToolChoice(input: InputReader<RawToolChoice>, tools: readonly Tool[]): ToolChoice {
  const { mode, toolName = null } = input.raw;
  if (mode !== 'tool') {
    if (toolName !== null) input.refuse('belongs to the mode TOOL alone', 'toolName');
    if (mode === 'required' && tools.length === 0) input.refuse('needs tools', 'mode');
    return { mode };
  }
  if (toolName === null) input.refuse('must name a tool', 'toolName');
  else if (!tools.some(({ name }) => name === toolName)) input.refuse('is none of the tools', 'toolName');
  return { mode, toolName: toolName ?? '' };
}

/** The form of the answer. */
export function parseResponseFormat(input: InputReader<RawResponseFormat>): ResponseFormat {
  const { type, jsonSchema } = input.raw;
  if (type !== 'json_schema') {
    if (jsonSchema != null) input.refuse('belongs to the type JSON_SCHEMA alone', 'jsonSchema');
    return { type };
  }
  if (isJsonObject(jsonSchema)) {
    if (!hasAtMostValues(jsonSchema, MAX_SCHEMA_VALUES)) input.refuse(SCHEMA_TOO_LARGE, 'jsonSchema');
    const place = wrappedAt(jsonSchema);
    if (place !== undefined)
      input.refuse(`must be the schema itself: send what stands in its \`${place}\``, 'jsonSchema');
    return { type, jsonSchema };
  }
  input.refuse('must be a JSON object', 'jsonSchema');
  return { type, jsonSchema: {} };
}

/** Where the schema is in what the OpenAI API takes instead of it; undefined when it is none of those. */
function wrappedAt(value: JsonObject): string | undefined {
  if (isJsonObject(value['json_schema'])) return 'json_schema.schema';
  const isNamed = typeof value['name'] === 'string' || typeof value['strict'] === 'boolean';
  return isNamed && isJsonObject(value['schema']) && value['properties'] === undefined ? 'schema' : undefined;
}

/** What stands around a function in the OpenAI API's lists of tools. */
function isWrappedFunction(value: JsonObject): boolean {
  return value['type'] === 'function' && isJsonObject(value['function']);
}
