import type { ResponseFormat, Tool, ToolChoice } from '../../providers/message.ts';
import type { JsonObject } from '../../system/json.ts';
import type { InputReader } from '../../system/input/reader.ts';
import { text } from '../../system/input/rules.ts';
import type { RawResponseFormat, RawTool, RawToolChoice } from './raw-route-input.ts';

/** What a tool may be called: the alphabet that every provider takes. */
const toolNameRule = text(
  (value) => /^[a-zA-Z0-9_-]{1,64}$/.test(value),
  '1 to 64 of a-z, A-Z, 0-9, `_` and `-`',
);

/** A function without parameters. */
const noParameters: JsonObject = { type: 'object', properties: {} };

/** The tools of a request. */
export function parseTools(list: InputReader<readonly RawTool[]>): Tool[] {
  const names = new Set<string>();
  return list.raw.map((tool, index) => {
    const input = list.within(tool, index);
    const { name, description, parameters } = tool;
    input.required('name', toolNameRule);
    if (input.isSound() && names.has(name)) input.refuse('is the name of another tool', 'name');
    names.add(name);
    const schema = parameters ?? noParameters;
    if (!isJsonObject(schema)) input.refuse('must be a JSON object', 'parameters');
    else if (isWrappedFunction(schema)) {
      input.refuse('must be the schema itself: send what stands in its `function.parameters`', 'parameters');
    }
    return {
      name,
      ...(description == null ? {} : { description }),
      parameters: isJsonObject(schema) ? schema : noParameters,
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
    const place = wrappedAt(jsonSchema);
    if (place !== undefined)
      input.refuse(`must be the schema itself: send what stands in its \`${place}\``, 'jsonSchema');
    return { type, jsonSchema };
  }
  input.refuse('must be a JSON object', 'jsonSchema');
  return { type, jsonSchema: {} };
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
