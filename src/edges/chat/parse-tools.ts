import type { RawResponseFormat, RawTool, RawToolChoice } from '../../routing/request/raw-route-input.ts';
import type { JsonReader } from '../common/json-reader.ts';

/** The functions that the model may call; absent: none. */
export function parseTools(body: JsonReader): readonly RawTool[] | undefined {
  return body.objects('tools')?.map((tool) => {
    if ((tool.oneOf('type', ['function', 'custom']) ?? tool.refuse('type', 'is required')) === 'custom')
      tool.refuse('type', 'is not supported: tools are functions');
    tool.only(['type', 'function']);
    const declared = tool.requiredObject('function');
    declared.only(['name', 'description', 'parameters', 'strict']);
    return {
      name: declared.requiredText('name'),
      description: declared.text('description'),
      parameters: declared.raw('parameters'),
      strict: declared.boolean('strict'),
    };
  });
}

/** How the tools are to be used, and which of them: a client may allow a part of those that it declares. */
export function parseToolChoice(
  body: JsonReader,
  tools: readonly RawTool[] | undefined,
): { readonly tools: readonly RawTool[] | undefined; readonly toolChoice: RawToolChoice | undefined } {
  const raw = body.raw('tool_choice');
  if (raw === undefined) return { tools, toolChoice: undefined };
  if (typeof raw === 'string') {
    const mode = body.oneOf('tool_choice', ['none', 'auto', 'required']) ?? 'auto';
    return { tools, toolChoice: { mode } };
  }
  const choice = body.requiredObject('tool_choice');
  const type =
    choice.oneOf('type', ['function', 'allowed_tools', 'custom']) ?? choice.refuse('type', 'is required');
  if (type === 'custom') choice.refuse('type', 'is not supported: tools are functions');
  if (type === 'function') {
    choice.only(['type', 'function']);
    const toolName = choice.requiredObject('function').requiredText('name');
    return { tools, toolChoice: { mode: 'tool', toolName } };
  }
  choice.only(['type', 'allowed_tools']);
  const allowed = choice.requiredObject('allowed_tools');
  const mode = allowed.oneOf('mode', ['auto', 'required']) ?? 'auto';
  const names = (allowed.objects('tools') ?? []).map((tool) =>
    tool.requiredObject('function').requiredText('name'),
  );
  return { tools: tools?.filter(({ name }) => names.includes(name)), toolChoice: { mode } };
}

/** The form of the answer. */
export function parseResponseFormat(body: JsonReader): RawResponseFormat | undefined {
  const format = body.object('response_format');
  switch (format?.oneOf('type', ['text', 'json_object', 'json_schema'])) {
    case undefined:
      return format?.refuse('type', 'is required');
    case 'text':
      return { type: 'text' };
    case 'json_object':
      return { type: 'json' };
    case 'json_schema': {
      const described = body.requiredObject('response_format').requiredObject('json_schema');
      described.only(['name', 'description', 'schema', 'strict']);
      return { type: 'json_schema', jsonSchema: described.requiredObject('schema').value };
    }
  }
}
