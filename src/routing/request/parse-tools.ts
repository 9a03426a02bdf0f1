import type { JsonObject, ResponseFormat, Tool, ToolChoice } from '../../providers/message.ts';
import type { InputIssue } from '../../system/expected-error.ts';
import type { RawResponseFormat, RawTool, RawToolChoice } from './raw-route-input.ts';

const toolNamePattern = /^[a-zA-Z0-9_-]{1,64}$/;

/** A function without parameters. */
const noParameters: JsonObject = { type: 'object', properties: {} };

/** What keeps a text from being a tool's name, in the alphabet that every provider takes; null when nothing does. */
export function toolNameIssue(name: string, path: readonly string[]): InputIssue | null {
  if (toolNamePattern.test(name)) return null;
  return { path, message: 'must be 1 to 64 of a-z, A-Z, 0-9, `_` and `-`' };
}

/** The tools of a request; what is wrong with them is added to `issues`. */
export function parseTools(raw: readonly RawTool[], issues: InputIssue[]): Tool[] {
  const names = new Set<string>();
  return raw.map(({ name, description, parameters }, index) => {
    const path = ['tools', String(index)];
    const issue = toolNameIssue(name, [...path, 'name']);
    if (issue !== null) issues.push(issue);
    else if (names.has(name))
      issues.push({ path: [...path, 'name'], message: 'is the name of another tool' });
    names.add(name);
    const schema = parameters ?? noParameters;
    if (!isJsonObject(schema))
      issues.push({ path: [...path, 'parameters'], message: 'must be a JSON object' });
    return {
      name,
      ...(description == null ? {} : { description }),
      parameters: isJsonObject(schema) ? schema : noParameters,
    };
  });
}

/** How the model is to use the tools; what is wrong with it is added to `issues`. */
export function parseToolChoice(
  raw: RawToolChoice | null,
  tools: readonly Tool[],
  issues: InputIssue[],
): ToolChoice | null {
  if (raw === null) return null;
  const toolName = raw.toolName ?? null;
  const path = ['toolChoice', 'toolName'];
  if (raw.mode !== 'tool') {
    if (toolName !== null) issues.push({ path, message: 'belongs to the mode TOOL alone' });
    if (raw.mode === 'required' && tools.length === 0) {
      issues.push({ path: ['toolChoice', 'mode'], message: 'needs tools' });
    }
    return { mode: raw.mode };
  }
  if (toolName === null) issues.push({ path, message: 'must name a tool' });
  else if (!tools.some(({ name }) => name === toolName))
    issues.push({ path, message: 'is none of the tools' });
  return { mode: 'tool', toolName: toolName ?? '' };
}

/** The form of the answer; what is wrong with it is added to `issues`. */
export function parseResponseFormat(raw: RawResponseFormat, issues: InputIssue[]): ResponseFormat {
  const path = ['responseFormat', 'jsonSchema'];
  if (raw.type !== 'json_schema') {
    if (raw.jsonSchema != null) issues.push({ path, message: 'belongs to the type JSON_SCHEMA alone' });
    return { type: raw.type };
  }
  if (isJsonObject(raw.jsonSchema)) return { type: 'json_schema', jsonSchema: raw.jsonSchema };
  issues.push({ path, message: 'must be a JSON object' });
  return { type: 'json_schema', jsonSchema: {} };
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
