import type { RawTool, RawToolChoice } from '../../routing/request/raw-route-input.ts';
import { refuseIndirect } from '../common/direct-tools.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { joinedName, type SpacedName, type SpacedNames } from './spaced-names.ts';

/** The functions of a request, and what those in namespaces are called apart from them. */
export interface ParsedTools {
  readonly tools: readonly RawTool[];
  readonly spaced: SpacedNames;
}

/** Functions and namespaces of functions; whatever OpenAI runs or defines itself is refused by its name. */
export function parseTools(body: JsonReader): ParsedTools {
  const spaced = new Map<string, SpacedName>();
  const tools = (body.objects('tools') ?? []).flatMap((tool) => {
    if (tool.raw('type') !== 'namespace') return [parseFunction(tool)];
    tool.only(['type', 'name', 'description', 'tools']);
    const namespace = tool.requiredText('name');
    const description = tool.text('description');
    return (tool.objects('tools') ?? []).map((inner) => {
      const { name, ...rest } = parseFunction(inner);
      const joined = joinedName({ namespace, name });
      spaced.set(joined, { namespace, name });
      const described = [description, rest.description].filter((text) => text != null && text !== '');
      return { ...rest, name: joined, ...(described.length > 0 && { description: described.join('\n\n') }) };
    });
  });
  return { tools, spaced };
}

function parseFunction(tool: JsonReader): RawTool {
  const type = tool.requiredText('type');
  if (type !== 'function') tool.refuse('type', `${type} is a tool that only OpenAI has; send functions`);
  else tool.only(['type', 'name', 'description', 'parameters', 'strict', 'defer_loading', 'allowed_callers']);
  refuseIndirect(tool);
  const description = tool.text('description');
  const strict = tool.boolean('strict');
  const parameters = tool.object('parameters')?.value;
  return {
    name: tool.requiredText('name'),
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
  };
}

/** How the functions are to be used. */
export function parseToolChoice(body: JsonReader): RawToolChoice | undefined {
  const choice = body.raw('tool_choice');
  if (choice === undefined) return undefined;
  if (typeof choice === 'string') {
    const mode = body.oneOf('tool_choice', ['auto', 'none', 'required']);
    return mode === undefined ? undefined : { mode };
  }
  const named = body.object('tool_choice');
  if (named === undefined) return undefined;
  if (named.raw('type') !== 'function') named.refuse('type', 'must be function: others are refused');
  const namespace = named.text('namespace');
  const name = named.requiredText('name');
  return { mode: 'tool', toolName: namespace === undefined ? name : joinedName({ namespace, name }) };
}
